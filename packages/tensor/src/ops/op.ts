/** @file What every op must bring. A missing kernel is a compile error. */
import { isRecording, record } from "../autograd.ts";
import type { CpuBlock, CpuDevice } from "../devices/cpu/cpu-device.ts";
import type { Device } from "../devices/device.ts";
import type { WebgpuBlock, WebgpuDevice } from "../devices/webgpu/webgpu-device.ts";
import { ArgumentError, DeviceError, DTypeError } from "../errors.ts";
import type { DType, TensorSpec } from "../shape.ts";
import { emptyTensor, type Tensor } from "../tensor.ts";

/** A tensor as a launch sees it: its spec and its memory on the launch's own device. */
export interface Argument<Block> extends TensorSpec {
  readonly block: Block;
}

/** Enqueues the kernels of one call: reads `inputs`, fills `outputs`. */
export type WebgpuLaunch<A> = (
  device: WebgpuDevice,
  inputs: readonly Argument<WebgpuBlock>[],
  outputs: readonly Argument<WebgpuBlock>[],
  attributes: A,
) => void;

/** Enqueues the kernels of one call: reads `inputs`, fills `outputs`. */
export type CpuLaunch<A> = (
  device: CpuDevice,
  inputs: readonly Argument<CpuBlock>[],
  outputs: readonly Argument<CpuBlock>[],
  attributes: A,
) => void;

/** What a gradient has to work with. */
export interface GradientContext<A> {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly attributes: A;
  /** Which inputs need a gradient; the others may be `null`. */
  readonly needs: readonly boolean[];
}

/** What an op is. */
export interface OpDefinition<A> {
  readonly name: string;
  /** Checks shapes, dtypes and attributes, and gives the outputs' specs. Throws a typed error. */
  readonly shape: (inputs: readonly TensorSpec[], attributes: A) => readonly TensorSpec[];
  /** Gradients of the inputs, in ops, from those of the outputs; `"none"` for an op that is not differentiable. */
  readonly gradient:
    | "none"
    | ((context: GradientContext<A>, outputGradients: readonly (Tensor | null)[]) => readonly (Tensor | null)[]);
  /**
   * How many outputs a caller sees; default all. The others are kept for the gradient and go with the first output, or
   * at once where no gradient will be asked for.
   */
  readonly visible?: number;
  /** Products of the plain algorithm, for profiles. Default: none worth counting. */
  readonly multiplyAdds?: (inputs: readonly TensorSpec[], outputs: readonly TensorSpec[], attributes: A) => number;
  readonly webgpu: WebgpuLaunch<A>;
  readonly cpu: CpuLaunch<A>;
}

/** Calls an op: checks, takes memory, enqueues, and puts the call on the tape where a gradient may be asked for. */
export type Op<A> = (inputs: readonly Tensor[], attributes: A) => Tensor[];

/** Makes an op of its parts. */
export function defineOp<A>(definition: OpDefinition<A>): Op<A> {
  const { name, gradient } = definition;
  return (inputs, attributes) => {
    const device = commonDevice(name, inputs);
    const specs = definition.shape(inputs, attributes);
    const outputs: Tensor[] = [];
    try {
      for (const spec of specs) outputs.push(emptyTensor(device, spec, name));
      // An empty tensor has nothing to compute, and a launch of no threads is not allowed everywhere.
      if (outputs.some((output) => output.size > 0)) launch(definition, device, inputs, outputs, attributes);
    } catch (error) {
      for (const output of outputs) output.dispose();
      throw error;
    }
    const needs = inputs.map((input) => input.requiresGradient);
    const hidden = definition.visible === undefined ? [] : outputs.slice(definition.visible);
    if (gradient !== "none" && isRecording() && needs.includes(true)) {
      const context = { inputs, outputs, attributes, needs };
      record({ name, inputs, outputs, backward: (gradients) => gradient(context, gradients) });
      outputs[0]?.own(hidden);
    } else {
      for (const output of hidden) output.dispose();
    }
    return outputs.slice(0, definition.visible);
  };
}

/** What an update is: kernels that change tensors in place, outside of the tape. */
export interface UpdateDefinition<A> {
  readonly name: string;
  /** Checks targets, inputs and attributes. Throws a typed error. */
  readonly check: (targets: readonly TensorSpec[], inputs: readonly TensorSpec[], attributes: A) => void;
  /** `outputs` are the targets: read and written in place. */
  readonly webgpu: WebgpuLaunch<A>;
  readonly cpu: CpuLaunch<A>;
}

/** Changes `targets` in place, from their own values and `inputs`. */
export type Update<A> = (targets: readonly Tensor[], inputs: readonly Tensor[], attributes: A) => void;

/** Makes an in-place update of its parts: optimizers, moving averages. */
export function defineUpdate<A>(definition: UpdateDefinition<A>): Update<A> {
  return (targets, inputs, attributes) => {
    const device = commonDevice(definition.name, [...targets, ...inputs]);
    definition.check(targets, inputs, attributes);
    launch(definition, device, inputs, targets, attributes);
  };
}

function launch<A>(
  { name, webgpu, cpu, multiplyAdds }: Pick<OpDefinition<A>, "name" | "webgpu" | "cpu" | "multiplyAdds">,
  device: Device,
  inputs: readonly Tensor[],
  outputs: readonly Tensor[],
  attributes: A,
): void {
  const { profiler } = device;
  profiler?.begin({ op: name, inputs, outputs, multiplyAdds: multiplyAdds?.(inputs, outputs, attributes) ?? 0 });
  if (device.kind === "cpu") cpu(device, inputs.map(argument<CpuBlock>), outputs.map(argument<CpuBlock>), attributes);
  else webgpu(device, inputs.map(argument<WebgpuBlock>), outputs.map(argument<WebgpuBlock>), attributes);
  profiler?.end();
}

/** `commonDevice` has checked the device, so the block is of its kind. */
function argument<Block extends CpuBlock | WebgpuBlock>({ shape, dtype, storage }: Tensor): Argument<Block> {
  return { shape, dtype, block: storage.block as Block };
}

function commonDevice(name: string, tensors: readonly Tensor[]): Device {
  const device = tensors[0]?.device;
  if (!device) throw new ArgumentError(`${name}: expected at least one tensor`);
  const other = tensors.find((tensor) => tensor.device !== device);
  if (other) {
    throw new DeviceError(`${name}: tensors are on two devices: ${device.description} and ${other.device.description}`);
  }
  return device;
}

/** Checks an argument's dtype. */
export function checkDType(op: string, argumentName: string, { dtype }: TensorSpec, expected: DType): void {
  if (dtype !== expected) throw new DTypeError(`${op}: ${argumentName} must be ${expected}, got ${dtype}`);
}
