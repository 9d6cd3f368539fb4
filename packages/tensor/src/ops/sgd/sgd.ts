/** @file Stochastic gradient descent's update of flat parameters. */
import type { Device } from "../../devices/device.ts";
import { ArgumentError, DeviceError } from "../../errors.ts";
import type { Tensor } from "../../tensor.ts";
import { checkAlike } from "../check-alike.ts";
import { defineUpdate } from "../op.ts";
import { StepSlots } from "../step-slots.ts";
import { sgdCpu } from "./sgd.cpu.ts";
import { sgdWebgpu } from "./sgd.webgpu.ts";

/** What {@link sgdUpdate} needs to know besides tensors. */
export interface SgdAttributes {
  /** μ, at least 0; 0 uses no velocity. */
  readonly momentum: number;
  /** Looks ahead along the velocity; needs a momentum. */
  readonly nesterov: boolean;
  /** Learning rate and weight decay of the step. */
  readonly words: SgdWords;
}

/** What {@link sgdUpdate} changes. */
export interface SgdTargets {
  readonly parameters: Tensor;
  /** Begins as zeros. Needed, and changed, only where the momentum is not 0. */
  readonly velocity?: Tensor;
}

/** What one step of {@link SgdWords} goes by. */
export interface SgdStep {
  readonly learningRate: number;
  /** λ. Default: 0. */
  readonly weightDecay?: number;
  /** Whether λ shrinks the parameters themselves, and not through the gradient. Default: false. */
  readonly decoupled?: boolean;
}

/** What changes from step to step, in the device's step words. */
export class SgdWords extends StepSlots<"rate" | "decay" | "kept"> {
  /** Takes words for the learning rate, the coupled λ, and `1 − learningRate · λ` of the decoupled one. */
  constructor(device: Device) {
    super(device, ["rate", "decay", "kept"]);
  }

  /** Sets the words for the updates called from now on. */
  set({ learningRate, weightDecay = 0, decoupled = false }: SgdStep): void {
    this.setFloats({
      rate: learningRate,
      decay: decoupled ? 0 : weightDecay,
      kept: decoupled ? 1 - learningRate * weightDecay : 1,
    });
  }
}

const update = defineUpdate<SgdAttributes>({
  name: "sgdUpdate",
  check: ([parameters, velocity], [gradients], { momentum, nesterov }) => {
    if (!(momentum >= 0)) throw new ArgumentError(`sgdUpdate: momentum must be at least 0, got ${momentum}`);
    if (momentum > 0 && !velocity) throw new ArgumentError(`sgdUpdate: momentum ${momentum} needs a velocity`);
    if (nesterov && momentum === 0) throw new ArgumentError("sgdUpdate: nesterov needs a momentum greater than 0");
    checkAlike("sgdUpdate", { parameters, gradients, velocity });
  },
  webgpu: sgdWebgpu,
  cpu: sgdCpu,
});

/**
 * One step of stochastic gradient descent in place, outside of the tape: `g = gradient + λ p`, `v = μ v + g`, then
 * `p = p − learningRate · v`, or with Nesterov `p = p − learningRate · (g + μ v)`, as PyTorch's `torch.optim.SGD`
 * (dampening 0) defines them. With μ = 0 it is `p = p − learningRate · g`. A decoupled λ stays out of g and the velocity:
 * `p = p (1 − learningRate · λ) − …` (SGDW of Loshchilov and Hutter, "Decoupled weight decay regularization", 2019).
 *
 * @param targets float32, of one shape, such as the blocks of arenas; each in memory of its own
 * @param gradients float32, the same shape
 * @throws ShapeError if the shapes differ
 * @throws ArgumentError if the momentum is negative or lacks a velocity, or `nesterov` lacks a momentum
 * @throws DTypeError if a tensor is not float32
 * @throws DeviceError if tensors and words are not on one device
 */
export function sgdUpdate({ parameters, velocity }: SgdTargets, gradients: Tensor, attributes: SgdAttributes): void {
  if (attributes.words.device !== gradients.device) throw new DeviceError("sgdUpdate: the words are on another device");
  const moving = velocity && attributes.momentum !== 0;
  update(moving ? [parameters, velocity] : [parameters], [gradients], attributes);
}
