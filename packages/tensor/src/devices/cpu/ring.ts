/** @file The main thread's side of the command ring: it writes commands and looks how far the workers are. */
import { controlWords, failureTextLength, slotHeader } from "./shared-worker.ts";
import { counterArgument } from "./transport.ts";

/** Bytes from one launch's counter to the next: a cache line, so that launches do not disturb each other. */
export const counterStride = 64;

/** A kernel that did not return. */
export interface KernelFailure {
  readonly command: number;
  readonly kernel: number;
  readonly text: string;
}

/** How a ring is laid out. */
export interface RingLayout {
  /** A power of two. */
  readonly slotCount: number;
  /** float64 words in a slot: {@link slotHeader}, and the most arguments that a kernel takes. */
  readonly slotWords: number;
  readonly threads: number;
  /** Number of the command before the first. */
  readonly start: number;
  /** The memory that holds the launches' counters, and where: one cache line per slot. */
  readonly memory: WebAssembly.Memory;
  readonly counters: number;
}

/** Commands are numbered from `start + 1` on; the shared words hold the numbers modulo 2^32. */
export class CommandRing {
  readonly #shared = new SharedArrayBuffer((controlWords.failureText + failureTextLength) * 4);
  readonly #slots: SharedArrayBuffer;
  readonly #layout: RingLayout;
  readonly #control: Int32Array;
  readonly #words: Float64Array;
  /** A shared buffer stays valid when the memory grows, and the counters never move. */
  readonly #counters: Int32Array;
  #published: number;
  #completed: number;

  constructor(layout: RingLayout) {
    this.#layout = layout;
    this.#slots = new SharedArrayBuffer(layout.slotCount * layout.slotWords * 8);
    this.#control = new Int32Array(this.#shared);
    this.#words = new Float64Array(this.#slots);
    this.#counters = new Int32Array(layout.memory.buffer, layout.counters, (layout.slotCount * counterStride) / 4);
    this.#published = layout.start;
    this.#completed = layout.start;
    this.#control[controlWords.published] = layout.start;
    this.#control[controlWords.arrived] = Math.imul(layout.start, layout.threads);
    this.#control[controlWords.wanted] = layout.start;
  }

  /** The ring's part of what a worker is told. */
  get setup() {
    const { slotCount, slotWords, threads, start } = this.#layout;
    return { control: this.#shared, slots: this.#slots, slotCount, slotWords, threads, start };
  }

  /** Number of the last command in the ring. */
  get published(): number {
    return this.#published;
  }

  /** Number of the last command that every worker has finished, as of the last {@link poll}. */
  get completed(): number {
    return this.#completed;
  }

  /** Looks how far the workers are. */
  poll(): number {
    const arrived = Atomics.load(this.#control, controlWords.arrived);
    const ahead = (arrived - Math.imul(this.#completed, this.#layout.threads)) | 0;
    this.#completed += Math.floor(ahead / this.#layout.threads);
    return this.#completed;
  }

  /** Whether a command fits. */
  hasRoom(): boolean {
    const { slotCount } = this.#layout;
    return this.#published - this.#completed < slotCount || this.#published - this.poll() < slotCount;
  }

  /** Writes a command and lets the workers see it; there must be room. */
  publish(kernel: number, args: readonly number[], row: number): void {
    const command = this.#published + 1;
    const slot = command % this.#layout.slotCount;
    const base = slot * this.#layout.slotWords;
    this.#words[base] = kernel;
    this.#words[base + 1] = args.length;
    this.#words[base + 2] = row;
    for (let i = 0; i < args.length; i++) {
      const value = args[i]!;
      this.#words[base + slotHeader + i] = value === counterArgument ? this.#zeroedCounter(slot) : value;
    }
    this.#published = command;
    Atomics.store(this.#control, controlWords.published, command);
    this.#wake();
  }

  /** Asks to be told when `command` is done. True if it is done already, in which case nobody will tell. */
  want(command: number): boolean {
    Atomics.store(this.#control, controlWords.wanted, command);
    return this.poll() >= command;
  }

  /** The first failure since the last {@link clearFailure}. */
  failure(): KernelFailure | null {
    if (Atomics.load(this.#control, controlWords.failureReady) === 0) return null;
    const text = controlWords.failureText;
    const codes = this.#control.slice(text, text + this.#control[controlWords.failureLength]!);
    return {
      command: this.#completed + ((this.#control[controlWords.failedCommand]! - this.#completed) | 0),
      kernel: this.#control[controlWords.failedKernel]!,
      text: String.fromCharCode(...codes),
    };
  }

  clearFailure(): void {
    Atomics.store(this.#control, controlWords.failureReady, 0);
    Atomics.store(this.#control, controlWords.failureClaimed, 0);
  }

  /** Has the workers end, after the command that they are at. */
  stop(): void {
    Atomics.store(this.#control, controlWords.stopped, 1);
    this.#wake();
  }

  #zeroedCounter(slot: number): number {
    Atomics.store(this.#counters, (slot * counterStride) / 4, 0);
    return this.#layout.counters + slot * counterStride;
  }

  #wake(): void {
    const { asleep, event } = controlWords;
    if (Atomics.load(this.#control, asleep) === 0 || Atomics.exchange(this.#control, asleep, 0) === 0) return;
    Atomics.add(this.#control, event, 1);
    Atomics.notify(this.#control, event);
  }
}
