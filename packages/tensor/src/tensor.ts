/** @file The handle: shape, dtype, the memory it points to, and the tape node that made it. */
import type { TapeNode } from "./autograd.ts";
import type { CpuBlock } from "./devices/cpu/cpu-device.ts";
import { defaultDevice } from "./devices/default-device.ts";
import type { Device } from "./devices/device.ts";
import type { WebgpuBlock } from "./devices/webgpu/webgpu-device.ts";
import { DTypeError, ScopeError, ShapeError } from "./errors.ts";
import { adopt, disown, forget } from "./scope.ts";
import { byteLengthOf, checkShape, type DType, formatShape, type Shape, sizeOf, type TensorSpec } from "./shape.ts";

/** The typed array that holds a dtype on the host. */
export type TensorData = Float32Array | Int32Array | Uint8Array;

/** Numbers nested to the depth of the shape, as in `[[1, 2], [3, 4]]`. */
export type NestedNumbers = number | readonly NestedNumbers[];

/** Device memory that several handles may share (a reshape is a second handle). Freed with its last handle. */
export class Storage {
  readonly device: Device;
  readonly block: CpuBlock | WebgpuBlock;
  readonly #owned: boolean;
  #references = 0;

  /** `owned: false` for a part of an arena, which the arena frees. */
  constructor(device: Device, block: CpuBlock | WebgpuBlock, owned = true) {
    this.device = device;
    this.block = block;
    this.#owned = owned;
  }

  retain(): this {
    this.#references++;
    return this;
  }

  release(): void {
    if (--this.#references > 0 || !this.#owned) return;
    (this.device.free as (block: CpuBlock | WebgpuBlock) => void).call(this.device, this.block);
  }
}

/** How to make a {@link tensor}. */
export interface TensorOptions {
  /** Default: float32 for numbers and `Float32Array`, int32 for `Int32Array`, uint8 for `Uint8Array`. */
  readonly dtype?: DType;
  /** Default: the device that `openDevice` opened first, or that `setDefaultDevice` chose. */
  readonly device?: Device;
}

/**
 * An n-dimensional array on a device. It is a handle: ops on it enqueue work and return at once, {@link Tensor.data}
 * waits. A tensor made inside a scope is freed when the scope ends; one made outside is the caller's, with `using`
 * or {@link Tensor.dispose}.
 */
export class Tensor implements TensorSpec {
  readonly shape: Shape;
  readonly dtype: DType;
  /** What made it, as leak reports and errors name it. */
  readonly origin: string;
  /** Whether gradients flow to it: set on parameters, inherited by what is computed from them. */
  requiresGradient = false;
  /** The op that made it, while a gradient may still be asked for. */
  node: TapeNode | null = null;
  #storage: Storage | null;
  #companions: readonly Tensor[] = [];

  constructor(spec: TensorSpec, storage: Storage, origin: string) {
    this.shape = Object.freeze([...spec.shape]);
    this.dtype = spec.dtype;
    this.origin = origin;
    this.#storage = storage.retain();
    adopt(this);
  }

  /** The memory behind the handle. Throws {@link ScopeError} once it was given back. */
  get storage(): Storage {
    if (!this.#storage) {
      throw new ScopeError(`${this.origin} ${formatShape(this.shape)}: used after it was disposed`, {
        hints: ["return it from the scope that made it, or make it outside of any scope"],
      });
    }
    return this.#storage;
  }

  get device(): Device {
    return this.storage.device;
  }

  get disposed(): boolean {
    return this.#storage === null;
  }

  get size(): number {
    return sizeOf(this.shape);
  }

  get rank(): number {
    return this.shape.length;
  }

  /** Values in row-major order, once everything queued before has run. */
  async data(): Promise<TensorData> {
    const storage = this.storage.retain();
    try {
      const bytes = await readBytes(storage, byteLengthOf(this));
      if (this.dtype === "float32") return new Float32Array(bytes);
      return this.dtype === "int32" ? new Int32Array(bytes) : new Uint8Array(bytes);
    } finally {
      storage.release();
    }
  }

  /** The value of a tensor with one element. */
  async item(): Promise<number> {
    if (this.size !== 1) throw new ShapeError(`item: expected one element, got shape ${formatShape(this.shape)}`);
    return (await this.data())[0]!;
  }

  /** Points the handle at other memory of the same size: how parameters move into an arena. Values are not copied. */
  moveTo(storage: Storage): void {
    const previous = this.storage;
    this.#storage = storage.retain();
    previous.release();
  }

  /** Has `companions` disposed together with this tensor: what an op keeps for its gradient but hands to nobody. */
  own(companions: readonly Tensor[]): void {
    for (const companion of companions) disown(companion);
    this.#companions = [...this.#companions, ...companions];
  }

  /** Gives the memory back. Disposing twice is allowed. */
  dispose(): void {
    if (!this.#storage) return;
    this.#storage.release();
    this.#storage = null;
    this.node = null;
    for (const companion of this.#companions) companion.dispose();
    this.#companions = [];
    forget(this);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Reads from either device: the storage's block is of its own device's kind. */
function readBytes({ device, block }: Storage, byteLength: number): Promise<ArrayBuffer> {
  return (device.read as (block: CpuBlock | WebgpuBlock, byteLength: number) => Promise<ArrayBuffer>).call(
    device,
    block,
    byteLength,
  );
}

/** Takes memory for a tensor without filling it. */
export function emptyTensor(device: Device, spec: TensorSpec, origin: string): Tensor {
  checkShape(origin, spec.shape);
  const block = device.allocate(byteLengthOf(spec), `${origin} ${formatShape(spec.shape)}`);
  return new Tensor(spec, new Storage(device, block), origin);
}

/** A part of another storage's block, which must outlive it. */
export function sliceStorage({ device, block }: Storage, byteOffset: number, byteLength: number): Storage {
  const slice = device.slice as (
    block: CpuBlock | WebgpuBlock,
    offset: number,
    length: number,
  ) => CpuBlock | WebgpuBlock;
  return new Storage(device, slice.call(device, block, byteOffset, byteLength), false);
}

/** Queues a copy of one tensor's values into another of the same size and dtype, on the same device. */
export function copyTensor(source: Tensor, target: Tensor): void {
  if (source.size !== target.size || source.dtype !== target.dtype) {
    const [from, to] = [source, target].map(({ dtype, shape }) => `${dtype} ${formatShape(shape)}`);
    throw new ShapeError(`copy: ${from} does not fit ${to}`);
  }
  const { device, block } = source.storage;
  const copy = device.copy as (source: typeof block, target: typeof block, byteLength: number) => void;
  copy.call(device, block, target.storage.block, byteLengthOf(source));
}

/** Queues an upload of `values` into a tensor of the same size and dtype. */
export function writeTensor(target: Tensor, values: TensorData): void {
  if (values.length !== target.size) {
    throw new ShapeError(`write: ${formatShape(target.shape)} holds ${target.size} values, got ${values.length}`);
  }
  if (values.constructor !== arrayTypes[target.dtype]) {
    throw new DTypeError(
      `write: a ${target.dtype} tensor takes a ${arrayTypes[target.dtype].name}, got ${values.constructor.name}`,
    );
  }
  const { device, block } = target.storage;
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  (device.write as (block: CpuBlock | WebgpuBlock, bytes: Uint8Array) => void).call(device, block, bytes);
}

/**
 * Makes a tensor from values on the host.
 *
 * @param values a typed array, a number, or nested arrays of numbers
 * @param shape default: the nesting's own; `[values.length]` for a typed array
 * @throws ShapeError if the number of values is not the product of the shape, or nested rows differ in length
 */
export function tensor(values: TensorData | NestedNumbers, shape?: Shape, options: TensorOptions = {}): Tensor {
  const typed = isTyped(values);
  const flat = typed ? values : flatten(values);
  const dtype =
    options.dtype ?? (flat instanceof Int32Array ? "int32" : flat instanceof Uint8Array ? "uint8" : "float32");
  const resolved = shape ?? (typed ? [values.length] : nestedShape(values));
  checkShape("tensor", resolved);
  if (sizeOf(resolved) !== flat.length) {
    throw new ShapeError(`tensor: shape ${formatShape(resolved)} takes ${sizeOf(resolved)} values, got ${flat.length}`);
  }
  const result = emptyTensor(options.device ?? defaultDevice(), { shape: resolved, dtype }, "tensor");
  const Type = arrayTypes[dtype];
  writeTensor(result, flat instanceof Type ? flat : Type.from(flat as ArrayLike<number>));
  return result;
}

/** Scalars by value, per device: the same few numbers come back every step. */
const scalars = new WeakMap<Device, Map<number, Storage>>();

/** Scalars kept per device; further ones are uploaded each time. */
const maxScalars = 1024;

/** A float32 scalar that is uploaded once per device and value. The handle is the caller's, the memory is shared. */
export function constantScalar(device: Device, value: number): Tensor {
  const known = scalars.get(device) ?? new Map<number, Storage>();
  scalars.set(device, known);
  const present = known.get(value);
  if (present) return new Tensor({ shape: [], dtype: "float32" }, present, "constant");
  const result = tensor(new Float32Array([value]), [], { device });
  if (known.size < maxScalars) known.set(value, result.storage.retain());
  return result;
}

const arrayTypes = { float32: Float32Array, int32: Int32Array, uint8: Uint8Array } as const;

function isTyped(values: TensorData | NestedNumbers): values is TensorData {
  return ArrayBuffer.isView(values);
}

function flatten(values: NestedNumbers): number[] {
  return typeof values === "number" ? [values] : values.flatMap(flatten);
}

function nestedShape(values: NestedNumbers): number[] {
  if (typeof values === "number") return [];
  const shapes = values.map(nestedShape);
  const first = shapes[0] ?? [];
  const odd = shapes.findIndex((shape) => shape.length !== first.length || shape.some((size, i) => size !== first[i]));
  if (odd >= 0) {
    throw new ShapeError(
      `tensor: rows differ: row 0 is ${formatShape(first)}, row ${odd} is ${formatShape(shapes[odd]!)}`,
    );
  }
  return [values.length, ...first];
}
