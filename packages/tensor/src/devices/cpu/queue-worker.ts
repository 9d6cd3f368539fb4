/** @file What the one worker runs that shares no memory: it owns the memory, and takes commands as messages. */
import { bindKernels, type KernelSetup } from "./kernel-calls.ts";
import { pageBytes, reserveMemory } from "./wasm-memory.ts";
import type { WorkerPort } from "./worker-port.ts";

/** What the worker gets when it starts. */
export interface QueueSetup extends KernelSetup {
  readonly initialPages: number;
  readonly limitPages: number;
  /** Address of an i32 that is zeroed before every launch. */
  readonly counter: number;
}

/** Commands, in order. */
export interface CommandBatch {
  readonly kind: "commands";
  /** Number of the first command. */
  readonly first: number;
  /** Bytes that the memory has to have by now. */
  readonly byteLength: number;
  /** A launch: kernel index, number of arguments, arguments. An upload: -1, 1, address; its bytes are the next ones. */
  readonly words: Float64Array;
  readonly uploads: readonly Uint8Array[];
}

/** Asks for bytes as they are after the commands before it. */
export interface ReadRequest {
  readonly kind: "read";
  readonly id: number;
  readonly address: number;
  readonly byteLength: number;
}

/** What the main thread tells the worker. */
export type QueueRequest = CommandBatch | ReadRequest;

/** A command that failed. */
export interface QueueFailure {
  readonly kind: "failure";
  readonly command: number;
  /** Index of the kernel; -1 if an upload failed, or there is no memory for what was asked. */
  readonly kernel: number;
  readonly text: string;
  /** Where the system refused memory: bytes that it was to have, and has. */
  readonly refused?: { readonly asked: number; readonly byteLength: number };
}

/** What the worker tells: its memory's size and `ready` when it starts, then the first failure of a batch, and bytes. */
export type QueueMessage =
  | "ready"
  | { readonly kind: "memory"; readonly maximumPages: number }
  | { readonly kind: "bytes"; readonly id: number; readonly bytes: ArrayBuffer }
  | QueueFailure;

/** Serves messages. */
export function queueMain(setup: QueueSetup, port: WorkerPort<QueueRequest, QueueMessage>): void {
  const { memory, maximumPages } = reserveMemory(setup.initialPages, setup.limitPages, false);
  const call = bindKernels(setup, memory, 0, 1);

  /** The least that was refused: told once, whatever batches were on their way before the other side knew of it. */
  let refusedFrom = Number.POSITIVE_INFINITY;

  /** What is said about memory that the system refuses. */
  function grow(byteLength: number, command: number): QueueFailure | null {
    const present = memory.buffer.byteLength;
    if (byteLength <= present || byteLength >= refusedFrom) return null;
    try {
      memory.grow((byteLength - present) / pageBytes);
      return null;
    } catch (error) {
      refusedFrom = byteLength;
      const text = String(error instanceof Error ? error.message : error);
      return { kind: "failure", command, kernel: -1, text, refused: { asked: byteLength, byteLength: present } };
    }
  }

  function execute({ first, byteLength, words, uploads }: CommandBatch): QueueFailure | null {
    let failure = grow(byteLength, first);
    const zero = new Int32Array(memory.buffer, setup.counter, 1);
    let upload = 0;
    for (let at = 0, command = first; at < words.length; at += 2 + words[at + 1]!, command++) {
      const kernel = words[at]!;
      try {
        zero[0] = 0;
        if (kernel >= 0) call(kernel, words, at + 2, words[at + 1]!);
        else new Uint8Array(memory.buffer).set(uploads[upload++]!, words[at + 2]!);
      } catch (error) {
        const text = String(error instanceof Error ? error.message : error);
        failure ??= { kind: "failure", command, kernel, text };
      }
    }
    return failure;
  }

  port.listen((request) => {
    if (request.kind === "commands") {
      const failure = execute(request);
      if (failure) port.post(failure);
      return;
    }
    // Past the end there is nothing but what a failure has told already.
    const bytes = memory.buffer.slice(request.address, request.address + request.byteLength);
    port.post({ kind: "bytes", id: request.id, bytes }, [bytes]);
  });
  port.post({ kind: "memory", maximumPages });
  port.post("ready");
}
