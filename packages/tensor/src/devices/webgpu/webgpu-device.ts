/** @file The webgpu device: one encoder gathers a step's commands, one submit hands them over. */
import { ArgumentError, DeviceError } from "../../errors.ts";
import { offerDefaultDevice, withdrawDefaultDevice } from "../default-device.ts";
import type { DeviceQueue, MemoryUse } from "../device.ts";
import type { HostUse, Loan } from "../loan.ts";
import type { Profiler } from "../profiler.ts";
import { StepWords } from "../step-words.ts";
import { describeAdapter, isSoftware } from "./adapter.ts";
import { Failures } from "./failures.ts";
import { HeldQueue } from "./held-queue.ts";
import type { Access, Kernel, ParameterType } from "./kernel.ts";
import { Pipelines } from "./pipelines.ts";
import { BufferPool, type PooledBuffer } from "./pool.ts";
import { Timer } from "./timer.ts";
import { Timestamps } from "./timestamps.ts";
import type { VariantChoices } from "./tuner/cache.ts";
import type { DeviceTuner } from "./tuner/device-tuner.ts";
import type { TuneReport } from "./tuner/tuner.ts";
import type { VariantBlocks, VariantFamily } from "./tuner/variants.ts";
import { bufferUsage } from "./usage.ts";

/** Reads of at most this many bytes keep their buffer for the next: losses come back again and again. */
const keptReadback = 1 << 20;

/** A range of a GPU buffer. */
export interface WebgpuBlock {
  readonly buffer: GPUBuffer;
  readonly byteOffset: number;
  /** A multiple of 16, so that the last elements can be read as a vector of four. */
  readonly byteLength: number;
  /** Names the buffer in cache keys. */
  readonly id: number;
}

/** One launch of a kernel: every binding and parameter that the kernel declares, by name. */
export interface Launch<
  Bindings extends Record<string, Access>,
  Parameters extends Record<string, ParameterType>,
  Constants extends Record<string, number>,
> {
  readonly bindings: Readonly<Record<keyof Bindings, WebgpuBlock>>;
  readonly parameters: Readonly<Record<keyof Parameters, number>>;
  /** Override constants that differ from the kernel's defaults. Each new set is a compile. */
  readonly constants?: Readonly<Partial<Record<keyof Constants, number>>>;
  readonly workgroups: readonly [number, number, number];
}

/** What a device has handed over and made since it was opened; numbers only grow, but for `reservedBytes`. */
export interface WebgpuCounters {
  readonly submits: number;
  readonly bindGroups: number;
  /** Of every kind: tensors, parameters of launches, uploads and reads. */
  readonly buffers: number;
  /** Bytes taken from the adapter now. */
  readonly reservedBytes: number;
}

/** Hand-written WGSL through Dawn in Node and through `navigator.gpu` in a browser. */
export class WebgpuDevice implements DeviceQueue<WebgpuBlock> {
  readonly kind = "webgpu";
  readonly description: string;
  /** Whether the adapter computes on the processor. */
  readonly software: boolean;
  readonly stepWords: StepWords<WebgpuBlock>;
  /** What the adapter was asked for and gave. */
  readonly limits: GPUSupportedLimits;
  readonly #device: GPUDevice;
  readonly #tuner: DeviceTuner;
  readonly #timer: Timer;
  readonly #pipelines: Pipelines;
  readonly #failures: Failures;
  readonly #held = new HeldQueue();
  readonly #blocks: BufferPool;
  readonly #staging: BufferPool;
  readonly #readbacks: BufferPool;
  readonly #pooled = new Map<number, PooledBuffer>();
  #profiler: Profiler | null = null;
  #timestamps: Timestamps | null = null;
  #stagingInUse: PooledBuffer[] = [];
  #encoder: GPUCommandEncoder | null = null;
  #pass: GPUComputePassEncoder | null = null;
  #submits = 0;

  constructor(adapter: GPUAdapter, device: GPUDevice, tuner: DeviceTuner, memoryLimit = Number.POSITIVE_INFINITY) {
    if (!(memoryLimit > 0)) {
      throw new ArgumentError(`openWebgpu: memoryLimit: expected a positive number of bytes, got ${memoryLimit}`);
    }
    this.software = isSoftware(adapter);
    this.description = `webgpu: ${describeAdapter(adapter)}${this.software ? " (software)" : ""}`;
    this.limits = device.limits;
    this.#device = device;
    this.#tuner = tuner;
    this.#timer = new Timer(device);
    this.#failures = new Failures(device);
    this.#pipelines = new Pipelines(device, (message) => this.#failures.explain(new DeviceError(`webgpu: ${message}`)));
    const flush = () => this.submit();
    const afterwards = (action: () => void) => this.#held.run(action);
    const refused = (error: DeviceError) => this.#failures.explain(error);
    this.#blocks = new BufferPool(device, {
      usage: bufferUsage.storage,
      limit: memoryLimit,
      flush,
      afterwards,
      refused,
    });
    this.#staging = new BufferPool(device, { usage: bufferUsage.staging, flush, afterwards, refused });
    this.#readbacks = new BufferPool(device, { usage: bufferUsage.readback, flush, afterwards, refused });
    this.stepWords = new StepWords(
      (byteLength) => this.allocate(byteLength, "step words"),
      (block, bytes) => this.write(block, bytes),
    );
    offerDefaultDevice(this);
  }

  /** Counts of what was handed over and made so far: for tests and benches that assert that a step makes nothing new. */
  get counters(): WebgpuCounters {
    const { bindGroups, buffers } = this.#pipelines.made;
    const pools = [this.#blocks, this.#staging, this.#readbacks];
    return {
      submits: this.#submits,
      bindGroups,
      buffers: pools.reduce((sum, { made }) => sum + made, buffers),
      reservedBytes: this.memory().reservedBytes,
    };
  }

  allocate(byteLength: number, purpose: string): WebgpuBlock {
    this.#failures.checkOpen();
    const rounded = Math.max(16, Math.ceil(byteLength / 16) * 16);
    const pooled = this.#blocks.take(rounded, purpose);
    this.#pooled.set(pooled.id, pooled);
    return { buffer: pooled.buffer, byteOffset: 0, byteLength: rounded, id: pooled.id };
  }

  free(block: WebgpuBlock): void {
    const pooled = this.#pooled.get(block.id);
    if (!pooled) return; // everything was freed when the device was destroyed
    this.#pooled.delete(block.id);
    this.#blocks.give(pooled);
  }

  /** Lends memory to the launches that `body` queues. `purpose` names it in errors. */
  scratch<T>(byteLength: number, purpose: string, body: (block: WebgpuBlock) => T): T {
    const block = this.allocate(byteLength, purpose);
    try {
      return body(block);
    } finally {
      this.free(block);
    }
  }

  slice(block: WebgpuBlock, byteOffset: number, byteLength: number): WebgpuBlock {
    return { ...block, byteOffset: block.byteOffset + byteOffset, byteLength: Math.ceil(byteLength / 16) * 16 };
  }

  write(block: WebgpuBlock, bytes: Uint8Array): void {
    this.#failures.checkOpen();
    const padded = bytes.byteLength % 4 ? padTo4(bytes) : bytes;
    if (padded.byteLength === 0) return;
    if (!this.#encoder) {
      // Nothing is gathered, and the queue keeps its order: whatever was submitted reads the old contents.
      this.#fill(block.buffer, block.byteOffset, padded);
      return;
    }
    const staging = this.#staging.take(padded.byteLength, "upload");
    this.#stagingInUse.push(staging);
    this.#fill(staging.buffer, 0, padded);
    this.#copies().copyBufferToBuffer(staging.buffer, 0, block.buffer, block.byteOffset, padded.byteLength);
  }

  copy(source: WebgpuBlock, target: WebgpuBlock, byteLength: number): void {
    this.#failures.checkOpen();
    if (this.#tuner.choices.planning) return;
    const size = Math.ceil(byteLength / 4) * 4;
    this.#copies().copyBufferToBuffer(source.buffer, source.byteOffset, target.buffer, target.byteOffset, size);
  }

  /** Enqueues one launch of a kernel. */
  run<
    Bindings extends Record<string, Access>,
    Parameters extends Record<string, ParameterType>,
    Constants extends Record<string, number>,
  >(kernel: Kernel<Bindings, Parameters, Constants>, launch: Launch<Bindings, Parameters, Constants>): void {
    this.#failures.checkOpen();
    if (this.#tuner.choices.planning) return;
    const compiled = this.#pipelines.compile(kernel, (launch.constants ?? {}) as Record<string, number>);
    const blocks = Object.keys(kernel.bindings).map((name) => launch.bindings[name]!);
    const group = this.#pipelines.bind(kernel, compiled, blocks, launch.parameters);
    if (this.#profiler) this.#pass = this.#timestamps!.beginPass(this.#copies(), this.#profiler.row(kernel.name));
    this.#pass ??= this.#commands().beginComputePass();
    this.#pass.setPipeline(compiled.pipeline);
    this.#pass.setBindGroup(0, group);
    this.#pass.dispatchWorkgroups(...launch.workgroups);
  }

  /** Enqueues an op that has variants, in the one that its bucket gets. */
  launch<Problem>(family: VariantFamily<Problem>, problem: Problem, blocks: VariantBlocks): void {
    this.#tuner.choices.choose(family, problem).run(this, problem, blocks);
  }

  /** The variants chosen so far, by bucket: JSON for a checkpoint, which `imposeVariants` restores. */
  get variants(): VariantChoices {
    return this.#tuner.choices.used;
  }

  /** Makes choices binding, before they are first needed. Throws DeviceError if another was taken already. */
  imposeVariants(choices: VariantChoices): void {
    this.#tuner.choices.impose(choices);
  }

  /**
   * Times the variants of what `body` would launch, for buckets that are not decided yet, and keeps the winners. `body`
   * is called once and computes nothing: it takes memory and uploads, but no kernel runs, so what it reads is undefined.
   * It must not change state of its own, so it is a step's forward and backward pass without the optimizer's update.
   */
  tune(body: () => void): Promise<TuneReport[]> {
    this.#failures.checkOpen();
    return this.#tuner.tune(this, body);
  }

  /** Milliseconds that the kernels take which `body` launches. */
  async time(body: () => void): Promise<number> {
    this.submit();
    this.#pass = this.#commands().beginComputePass(this.#timer.pass);
    body();
    return this.#timer.elapsed(this.#copies(), () => this.submit());
  }

  async read(block: WebgpuBlock, byteLength: number): Promise<ArrayBuffer> {
    this.#failures.checkOpen();
    const size = Math.max(4, Math.ceil(byteLength / 4) * 4);
    const readback = this.#readbacks.take(size, "readback");
    const target = readback.buffer;
    try {
      this.#copies().copyBufferToBuffer(block.buffer, block.byteOffset, target, 0, size);
      this.submit();
      await this.#handedOver();
      await this.#map(target, size);
      this.#failures.check();
      return target.getMappedRange(0, size).slice(0, byteLength);
    } finally {
      target.unmap();
      this.#readbacks.give(readback, size <= keptReadback);
    }
  }

  lend(block: WebgpuBlock, byteLength: number, use: HostUse): Loan {
    this.#failures.checkOpen();
    const loan: Loan = { settled: false };
    if (this.#tuner.choices.planning) return { settled: true };
    const size = Math.ceil(byteLength / 4) * 4;
    const readback = this.#readbacks.take(size, "loan");
    this.#copies().copyBufferToBuffer(block.buffer, block.byteOffset, readback.buffer, 0, size);
    this.submit();
    this.#held.run(() => {
      this.#serve(block, readback, byteLength, use).then(() => {
        loan.settled = true;
        this.#held.pump();
      }, this.#loanFailed);
    });
    return loan;
  }

  awaitLoan(loan: Loan): void {
    if (loan.settled) return;
    this.submit();
    this.#held.awaitLoan(loan);
  }

  submit(): void {
    if (!this.#encoder) return;
    this.#pass?.end();
    this.#timestamps?.resolve(this.#encoder);
    const commands = this.#encoder.finish();
    this.#held.run(() => this.#device.queue.submit([commands]));
    this.#pass = null;
    this.#encoder = null;
    this.#submits++;
    for (const staging of this.#stagingInUse) this.#staging.give(staging);
    this.#stagingInUse = [];
  }

  async finish(): Promise<void> {
    this.submit();
    this.#failures.checkOpen();
    await this.#handedOver();
    await this.#device.queue.onSubmittedWorkDone();
    this.#failures.check();
  }

  get profiler(): Profiler | null {
    return this.#profiler;
  }

  startProfile(profiler: Profiler): void {
    if (!this.#device.features.has("timestamp-query")) {
      throw new DeviceError("webgpu: profile: this adapter has no timestamps (the feature timestamp-query)");
    }
    this.submit();
    this.#timestamps = new Timestamps(this.#device);
    this.#profiler = profiler;
  }

  async stopProfile(): Promise<Float64Array> {
    this.submit();
    const timestamps = this.#timestamps!;
    this.#profiler = null;
    this.#timestamps = null;
    return timestamps.collect();
  }

  memory(): MemoryUse {
    const { liveBlocks, liveBytes, reservedBytes } = this.#blocks.memory;
    const transfers = this.#staging.memory.reservedBytes + this.#readbacks.memory.reservedBytes;
    return { liveBlocks, liveBytes, reservedBytes: reservedBytes + transfers };
  }

  async destroy(): Promise<void> {
    if (this.#failures.destroyed) return;
    this.#failures.destroy();
    this.#held.fail(new DeviceError("webgpu: the device was destroyed"));
    withdrawDefaultDevice(this);
    this.#blocks.destroy();
    this.#staging.destroy();
    this.#readbacks.destroy();
    this.#pooled.clear();
    this.#device.destroy();
  }

  /** Has the host use a copy of the block, and puts it back. */
  async #serve(block: WebgpuBlock, readback: PooledBuffer, byteLength: number, use: HostUse): Promise<void> {
    const { buffer } = readback;
    await this.#map(buffer, buffer.size);
    // Shared, so that other threads may work on it where it lies.
    const bytes = new Uint8Array(new SharedArrayBuffer(Math.ceil(byteLength / 4) * 4));
    bytes.set(new Uint8Array(buffer.getMappedRange(0, bytes.length)));
    buffer.unmap();
    this.#readbacks.give(readback);
    await use(bytes.subarray(0, byteLength));
    if (!this.#failures.destroyed) this.#device.queue.writeBuffer(block.buffer, block.byteOffset, bytes.slice());
  }

  readonly #loanFailed = (cause: unknown): void => {
    const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    this.#failures.lose(`the host's part in a step failed: ${reason}`);
    this.#held.fail(new DeviceError("webgpu: the device was lost", { cause }));
  };

  /** Waits until everything submitted is with the adapter, which it is at once unless the host was lent something. */
  async #handedOver(): Promise<void> {
    try {
      await this.#held.reached();
    } catch (error) {
      this.#failures.checkOpen();
      throw error;
    }
  }

  /** Uploads in the order of what is submitted. */
  #fill(buffer: GPUBuffer, byteOffset: number, bytes: Uint8Array): void {
    // The caller may change the bytes before a held queue gets to them.
    const own = (this.#held.waits ? bytes.slice() : bytes) as Uint8Array<ArrayBuffer>;
    this.#held.run(() => this.#device.queue.writeBuffer(buffer, byteOffset, own));
  }

  async #map(target: GPUBuffer, size: number): Promise<void> {
    try {
      await target.mapAsync(1, 0, size); // GPUMapMode.READ
      // Errors of earlier commands are reported before the map resolves, except those of pipelines, one turn later.
      await this.#device.queue.onSubmittedWorkDone();
    } catch (cause) {
      this.#failures.checkOpen();
      this.#failures.check();
      throw new DeviceError("webgpu: a read failed", { cause });
    }
  }

  #commands(): GPUCommandEncoder {
    this.#encoder ??= this.#device.createCommandEncoder();
    return this.#encoder;
  }

  /** The encoder outside of any pass, where copies are allowed. */
  #copies(): GPUCommandEncoder {
    this.#pass?.end();
    this.#pass = null;
    return this.#commands();
  }
}

function padTo4(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array(Math.ceil(bytes.byteLength / 4) * 4);
  padded.set(bytes);
  return padded;
}
