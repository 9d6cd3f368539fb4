/** @file What a worker thread runs that shares the memory: every command, then a barrier. */
import { bindKernels, type KernelSetup } from "./kernel-calls.ts";
import type { WorkerPort } from "./worker-port.ts";

/** What a worker gets when it starts. */
export interface WorkerSetup extends KernelSetup {
  readonly memory: WebAssembly.Memory;
  /** 32-bit words that main thread and workers share; {@link controlWords} tells which is which. */
  readonly control: SharedArrayBuffer;
  /** Slots of float64 words: kernel index, number of arguments, row of `times`, arguments. */
  readonly slots: SharedArrayBuffer;
  /** float64 milliseconds by row; commands of row 0 are not timed. */
  readonly times: SharedArrayBuffer;
  readonly slotCount: number;
  readonly slotWords: number;
  /** Number of the command before the first. */
  readonly start: number;
  readonly thread: number;
  readonly threads: number;
  /** How long to poll for the next command before sleeping. */
  readonly spinMilliseconds: number;
  /** How long to poll at the barrier at least, and which part of the time that the command took besides. */
  readonly barrierMilliseconds: number;
  readonly barrierShare: number;
}

/** `ready` once, then `progress` when the command that the main thread waits for is done. */
export type WorkerMessage = "ready" | "progress";

/** Words of a slot before the arguments. */
export const slotHeader = 3;

/** Most characters of a failure's text. */
export const failureTextLength = 256;

/**
 * Offsets of the control controlWords. Commands are numbered from 1 and counted modulo 2^32. Words that different threads
 * write lie in different cache lines.
 */
export const controlWords = {
  /** Number of the last command in the ring. */
  published: 0,
  /** Arrivals at the barriers: command n is done when it reaches n times the number of threads. */
  arrived: 16,
  /** 1 if a worker may be asleep. */
  asleep: 32,
  /** Where workers sleep; incremented to wake them. */
  event: 48,
  /** Number of the command whose end the main thread wants to be told. */
  wanted: 64,
  /** 1 when the workers are to end. A browser would wait two seconds before it ends one that sleeps. */
  stopped: 80,
  /** 1 while a failure is recorded that the main thread has not taken. */
  failureClaimed: 96,
  /** 1 when the three below are complete. */
  failureReady: 97,
  failedCommand: 98,
  failedKernel: 99,
  failureLength: 100,
  failureText: 101,
} as const;

/** Runs commands until it is stopped. */
export function workerMain(setup: WorkerSetup, { post }: WorkerPort<never, WorkerMessage>): void {
  const { thread, threads, slotCount, slotWords } = setup;
  const control = new Int32Array(setup.control);
  const slots = new Float64Array(setup.slots);
  const times = new Float64Array(setup.times);
  const call = bindKernels(setup, setup.memory, thread, threads);

  function reached(word: number, target: number): boolean {
    return ((Atomics.load(control, word) - target) | 0) >= 0;
  }

  /** False if the workers are to end. */
  function waitUntil(word: number, target: number, spin: number): boolean {
    for (;;) {
      const end = performance.now() + spin;
      do {
        for (let i = 0; i < 100; i++) if (reached(word, target)) return true;
      } while (performance.now() < end);
      // The flag goes up before the last look at the word: whoever changes the word later sees the flag.
      const event = Atomics.load(control, controlWords.event);
      Atomics.store(control, controlWords.asleep, 1);
      if (Atomics.load(control, controlWords.stopped) === 1) return false;
      if (!reached(word, target)) Atomics.wait(control, controlWords.event, event);
    }
  }

  function wake(): void {
    if (Atomics.load(control, controlWords.asleep) === 0 || Atomics.exchange(control, controlWords.asleep, 0) === 0)
      return;
    Atomics.add(control, controlWords.event, 1);
    Atomics.notify(control, controlWords.event);
  }

  function recordFailure(command: number, kernel: number, error: unknown): void {
    if (Atomics.compareExchange(control, controlWords.failureClaimed, 0, 1) !== 0) return;
    const text = String(error instanceof Error ? error.message : error).slice(
      0,
      control.length - controlWords.failureText,
    );
    control[controlWords.failedCommand] = command;
    control[controlWords.failedKernel] = kernel;
    control[controlWords.failureLength] = text.length;
    for (let i = 0; i < text.length; i++) control[controlWords.failureText + i] = text.charCodeAt(i);
    Atomics.store(control, controlWords.failureReady, 1);
  }

  function execute(command: number): void {
    const slot = (command & (slotCount - 1)) * slotWords;
    const kernel = slots[slot]!;
    try {
      call(kernel, slots, slot + slotHeader, slots[slot + 1]!);
    } catch (error) {
      recordFailure(command, kernel, error);
    }
  }

  let spin = setup.spinMilliseconds;
  post("ready");
  for (let command = (setup.start + 1) | 0; ; command = (command + 1) | 0) {
    if (!waitUntil(controlWords.published, command, spin)) return;
    spin = setup.spinMilliseconds;
    const began = performance.now();
    execute(command);
    // Read before this thread arrives: then the slot may be another command's.
    const row = slots[(command & (slotCount - 1)) * slotWords + 2]!;
    const done = Math.imul(command, threads);
    if (((Atomics.add(control, controlWords.arrived, 1) + 1) | 0) === done) {
      if (row > 0) times[row]! += performance.now() - began;
      if (threads > 1) wake();
      if (Atomics.load(control, controlWords.wanted) === command) {
        post("progress");
        // The main thread has something to do now, perhaps on this core.
        spin = 0;
      }
    } else {
      // Who is much later than this worker is not running at all, perhaps because this one holds its core.
      const patience = setup.barrierMilliseconds + setup.barrierShare * (performance.now() - began);
      if (!waitUntil(controlWords.arrived, done, patience)) return;
    }
  }
}
