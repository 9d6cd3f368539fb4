/** @file RMSprop's update of flat parameters. */
import type { Device } from "../../devices/device.ts";
import { ArgumentError, DeviceError } from "../../errors.ts";
import type { Tensor } from "../../tensor.ts";
import { checkAlike } from "../check-alike.ts";
import { defineUpdate } from "../op.ts";
import { StepSlots } from "../step-slots.ts";
import { rmspropCpu } from "./rmsprop.cpu.ts";
import { rmspropWebgpu } from "./rmsprop.webgpu.ts";

/** What {@link rmspropUpdate} needs to know besides tensors. */
export interface RmspropAttributes {
  /** Share of the old mean of squares that a step keeps: 0 … 1, below 1. */
  readonly rho: number;
  /** Added to the deviation, greater than 0. */
  readonly epsilon: number;
  /** μ, at least 0; 0 uses no velocity. */
  readonly momentum: number;
  /** Whether the deviation is taken around the mean of gradients. */
  readonly centered: boolean;
  /** Learning rate and weight decay of the step. */
  readonly words: RmspropWords;
}

/** What {@link rmspropUpdate} changes; all but the parameters begin as zeros. */
export interface RmspropTargets {
  readonly parameters: Tensor;
  readonly meanSquare: Tensor;
  /** Needed, and changed, only where it is centered. */
  readonly meanGradient?: Tensor;
  /** Needed, and changed, only where the momentum is not 0. */
  readonly velocity?: Tensor;
}

/** What changes from step to step, in the device's step words. */
export class RmspropWords extends StepSlots<"rate" | "decay"> {
  /** Takes words for the learning rate and the weight decay. */
  constructor(device: Device) {
    super(device, ["rate", "decay"]);
  }

  /** Sets the words for the updates called from now on. */
  set(learningRate: number, weightDecay = 0): void {
    this.setFloats({ rate: learningRate, decay: weightDecay });
  }
}

/** What a launch needs to know: which of the further targets there are says what they are. */
export interface RmspropLaunchAttributes extends RmspropAttributes {
  /** Where `meanGradient` and `velocity` are among the targets; −1 where they are not. */
  readonly places: { readonly meanGradient: number; readonly velocity: number };
}

const update = defineUpdate<RmspropLaunchAttributes>({
  name: "rmspropUpdate",
  check: (targets, [gradients], { places, ...attributes }) => {
    const [parameters, meanSquare] = targets;
    const [meanGradient, velocity] = [targets[places.meanGradient], targets[places.velocity]];
    checkSettings(attributes);
    checkAlike("rmspropUpdate", { parameters, meanSquare, meanGradient, velocity, gradients });
  },
  webgpu: rmspropWebgpu,
  cpu: rmspropCpu,
});

/**
 * One step of RMSprop in place, outside of the tape, as PyTorch's `torch.optim.RMSprop` defines it (Tieleman and Hinton,
 * "Lecture 6.5: rmsprop", 2012): `g = gradient + λ p`, `s = ρ s + (1 − ρ) g²`, `d = √s + ε`, `p = p − learningRate · g / d`.
 * Centered (Graves, "Generating sequences with recurrent neural networks", 2013), `a = ρ a + (1 − ρ) g` and
 * `d = √(s − a²) + ε`, a difference below 0 counting as 0. With a momentum μ, `v = μ v + g / d` and
 * `p = p − learningRate · v`. Keras's form differs: its ε is inside of the root and its learning rate inside of v.
 *
 * @param targets float32, all of one shape, such as the blocks of arenas; each in memory of its own
 * @param gradients float32, the same shape
 * @throws ShapeError if the shapes differ
 * @throws ArgumentError if rho, epsilon or the momentum is out of range, or a target is missing
 * @throws DTypeError if a tensor is not float32
 * @throws DeviceError if tensors and words are not on one device
 */
export function rmspropUpdate(targets: RmspropTargets, gradients: Tensor, attributes: RmspropAttributes): void {
  const { momentum, centered, words } = attributes;
  if (words.device !== gradients.device) throw new DeviceError("rmspropUpdate: the words are on another device");
  const { parameters, meanSquare, meanGradient, velocity } = targets;
  if (centered && !meanGradient) throw new ArgumentError("rmspropUpdate: centered needs a meanGradient");
  if (momentum > 0 && !velocity) throw new ArgumentError(`rmspropUpdate: momentum ${momentum} needs a velocity`);
  const list = [parameters, meanSquare];
  const place = (target: Tensor | undefined, used: boolean) => (target && used ? list.push(target) - 1 : -1);
  const places = { meanGradient: place(meanGradient, centered), velocity: place(velocity, momentum !== 0) };
  update(list, [gradients], { ...attributes, places });
}

function checkSettings({ rho, epsilon, momentum }: RmspropAttributes): void {
  if (!(rho >= 0 && rho < 1)) throw new ArgumentError(`rmspropUpdate: rho must be in [0, 1), got ${rho}`);
  if (!(epsilon > 0)) throw new ArgumentError(`rmspropUpdate: epsilon must be greater than 0, got ${epsilon}`);
  if (!(momentum >= 0)) throw new ArgumentError(`rmspropUpdate: momentum must be at least 0, got ${momentum}`);
}
