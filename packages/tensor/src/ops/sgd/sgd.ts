/** @file Stochastic gradient descent's update of flat parameters. */
import type { Device } from "../../devices/device.ts";
import type { WordSlot } from "../../devices/step-words.ts";
import { ArgumentError, DeviceError, ShapeError } from "../../errors.ts";
import { formatShape, sameShape, type TensorSpec } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { checkDType, defineUpdate } from "../op.ts";
import { sgdCpu } from "./sgd.cpu.ts";
import { sgdWebgpu } from "./sgd.webgpu.ts";

/** What {@link sgdUpdate} needs to know besides tensors. */
export interface SgdAttributes {
  /** μ, at least 0; 0 uses no velocity. */
  readonly momentum: number;
  /** Looks ahead along the velocity; needs a momentum. */
  readonly nesterov: boolean;
  /** Learning rate of the step. */
  readonly words: SgdWords;
}

/** What {@link sgdUpdate} changes. */
export interface SgdTargets {
  readonly parameters: Tensor;
  /** Begins as zeros. Needed, and changed, only where the momentum is not 0. */
  readonly velocity?: Tensor;
}

/** What changes from step to step, in the device's step words. */
export class SgdWords {
  /** Where the kernels find the learning rate. */
  readonly rateSlot: WordSlot;
  readonly device: Device;
  #disposed = false;

  constructor(device: Device) {
    this.device = device;
    this.rateSlot = device.stepWords.reserve();
  }

  /** Sets the word for the updates called from now on. */
  set(learningRate: number): void {
    this.device.stepWords.setFloat(this.rateSlot, learningRate);
  }

  /** Gives the word back. Disposing twice is allowed. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.device.stepWords.release(this.rateSlot);
  }
}

const update = defineUpdate<SgdAttributes>({
  name: "sgdUpdate",
  check: ([parameters, velocity], [gradients], { momentum, nesterov }) => {
    if (!(momentum >= 0)) throw new ArgumentError(`sgdUpdate: momentum must be at least 0, got ${momentum}`);
    if (momentum > 0 && !velocity) throw new ArgumentError(`sgdUpdate: momentum ${momentum} needs a velocity`);
    if (nesterov && momentum === 0) throw new ArgumentError("sgdUpdate: nesterov needs a momentum greater than 0");
    checkLike("parameters", parameters!, parameters!);
    checkLike("gradients", gradients!, parameters!);
    if (velocity) checkLike("velocity", velocity, parameters!);
  },
  webgpu: sgdWebgpu,
  cpu: sgdCpu,
});

/**
 * One step of stochastic gradient descent in place, outside of the tape: `v = μ v + g`, then
 * `p = p − learningRate · v`, or with Nesterov `p = p − learningRate · (g + μ v)`, as PyTorch's `torch.optim.SGD`
 * (dampening 0) defines them. With μ = 0 it is `p = p − learningRate · g`.
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

function checkLike(name: string, spec: TensorSpec, parameters: TensorSpec): void {
  checkDType("sgdUpdate", name, spec, "float32");
  if (sameShape(spec.shape, parameters.shape)) return;
  const shapes = `parameters is ${formatShape(parameters.shape)}, ${name} is ${formatShape(spec.shape)}`;
  throw new ShapeError(`sgdUpdate: shapes differ: ${shapes}`);
}
