/** @file Adam's update of flat parameters. */
import type { Device } from "../../devices/device.ts";
import { ArgumentError, DeviceError } from "../../errors.ts";
import type { Tensor } from "../../tensor.ts";
import { checkAlike } from "../check-alike.ts";
import { defineUpdate } from "../op.ts";
import { StepSlots } from "../step-slots.ts";
import { adamCpu } from "./adam.cpu.ts";
import { adamWebgpu } from "./adam.webgpu.ts";

/** Decay of the two moments. */
export interface AdamDecay {
  /** 0 … 1, below 1. */
  readonly beta1: number;
  /** 0 … 1, below 1. */
  readonly beta2: number;
}

/** What {@link adamUpdate} needs to know besides tensors. */
export interface AdamAttributes extends AdamDecay {
  /** Added to the deviation, greater than 0. */
  readonly epsilon: number;
  /** Learning rate, weight decay and bias corrections of the step. */
  readonly words: AdamWords;
}

/** What {@link adamUpdate} changes. */
export interface AdamTargets {
  readonly parameters: Tensor;
  readonly firstMoment: Tensor;
  readonly secondMoment: Tensor;
}

/** What changes from step to step, in the device's step words. */
export class AdamWords extends StepSlots<"stepSize" | "correction" | "kept"> {
  /** Takes words for `learningRate / (1 − β₁ᵗ)`, `1 / (1 − β₂ᵗ)` and `1 − learningRate · weightDecay`. */
  constructor(device: Device) {
    super(device, ["stepSize", "correction", "kept"]);
  }

  /**
   * Sets the words for the updates called from now on. Worked out in float64: in float32 `1 − β₂ᵗ` would have lost half
   * of its digits at the first steps.
   *
   * @param step t, counting from 1
   * @param weightDecay λ; default 0
   * @throws ArgumentError if the step is not a whole number of at least 1
   */
  set(learningRate: number, { beta1, beta2 }: AdamDecay, step: number, weightDecay = 0): void {
    if (!Number.isInteger(step) || step < 1) {
      throw new ArgumentError(`adamUpdate: step must be a whole number of at least 1, got ${step}`);
    }
    this.setFloats({
      stepSize: learningRate / (1 - beta1 ** step),
      correction: 1 / (1 - beta2 ** step),
      kept: 1 - learningRate * weightDecay,
    });
  }
}

const update = defineUpdate<AdamAttributes>({
  name: "adamUpdate",
  check: ([parameters, firstMoment, secondMoment], [gradients], { beta1, beta2, epsilon }) => {
    checkAlike("adamUpdate", { parameters, firstMoment, secondMoment, gradients });
    for (const [name, beta] of Object.entries({ beta1, beta2 })) {
      if (!(beta >= 0 && beta < 1)) throw new ArgumentError(`adamUpdate: ${name} must be in [0, 1), got ${beta}`);
    }
    if (!(epsilon > 0)) throw new ArgumentError(`adamUpdate: epsilon must be greater than 0, got ${epsilon}`);
  },
  webgpu: adamWebgpu,
  cpu: adamCpu,
});

/**
 * One step of Adam in place, outside of the tape: `m = β₁ m + (1 − β₁) g`, `v = β₂ v + (1 − β₂) g²`,
 * `p = p (1 − learningRate · λ) − learningRate · m̂ / (√v̂ + ε)` with `m̂ = m / (1 − β₁ᵗ)` and `v̂ = v / (1 − β₂ᵗ)` (Kingma
 * and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1). Both moments begin as zeros. λ is the weight
 * decay of the words, decoupled from the moments (Loshchilov and Hutter, "Decoupled weight decay regularization", 2019,
 * in the form of PyTorch's `torch.optim.AdamW`); 0 leaves Adam as it was.
 *
 * @param targets float32, all of one shape, such as the blocks of arenas; each in memory of its own
 * @param gradients float32, the same shape
 * @throws ShapeError if the shapes differ
 * @throws ArgumentError if a beta is outside of [0, 1), or epsilon is not greater than 0
 * @throws DTypeError if a tensor is not float32
 * @throws DeviceError if tensors and words are not on one device
 */
export function adamUpdate(targets: AdamTargets, gradients: Tensor, attributes: AdamAttributes): void {
  if (attributes.words.device !== gradients.device)
    throw new DeviceError("adamUpdate: the words are on another device");
  update([targets.parameters, targets.firstMoment, targets.secondMoment], [gradients], attributes);
}
