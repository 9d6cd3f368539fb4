/** @file Worker threads, cores and flags, in Node and in browsers. */
import { type WorkerMessage, type WorkerSetup, workerMain } from "./worker.ts";

/** A running worker. */
export interface WorkerHandle {
  /** Keeps the process alive (the default), or lets it exit. */
  keepAlive(alive: boolean): void;
  terminate(): Promise<void>;
}

/** What a worker tells. */
export interface WorkerListener {
  message(message: WorkerMessage): void;
  /** It ended, or could not start. */
  failure(reason: unknown): void;
}

/** Node's process; `null` in browsers, also where a bundler fakes a process. */
function nodeProcess(): NodeJS.Process | null {
  return typeof process !== "undefined" && typeof process.getBuiltinModule === "function" ? process : null;
}

/** Threads that can run at once. */
export function availableThreads(): number {
  const node = nodeProcess();
  return node ? node.getBuiltinModule("node:os").availableParallelism() : (navigator.hardwareConcurrency ?? 1);
}

/** Turns relaxed SIMD on where it hides behind a flag: Node 20. Applies to modules compiled afterwards, in any thread. */
export function enableRelaxedSimd(): void {
  nodeProcess()?.getBuiltinModule("node:v8").setFlagsFromString("--experimental-wasm-relaxed-simd");
}

/** Starts a worker from its function's own source, so that there is no file to find beside the bundle. */
export function startWorker(setup: WorkerSetup, listener: WorkerListener): WorkerHandle {
  const node = nodeProcess();
  return node ? startNodeWorker(node, setup, listener) : startWebWorker(setup, listener);
}

function startNodeWorker(node: NodeJS.Process, setup: WorkerSetup, listener: WorkerListener): WorkerHandle {
  const { Worker } = node.getBuiltinModule("node:worker_threads");
  const source = `const { parentPort, workerData } = require("node:worker_threads");
(${workerMain})(workerData, (message) => parentPort.postMessage(message));`;
  // Loaders and hooks that the process was started with are of no use to the worker.
  const worker = new Worker(source, { eval: true, execArgv: [], workerData: setup });
  worker.on("message", (message: WorkerMessage) => listener.message(message));
  worker.on("error", (error) => listener.failure(error));
  worker.on("exit", (code) => listener.failure(new Error(`the worker ended with code ${code}`)));
  return {
    keepAlive: (alive) => (alive ? worker.ref() : worker.unref()),
    terminate: async () => void (await worker.terminate()),
  };
}

function startWebWorker(setup: WorkerSetup, listener: WorkerListener): WorkerHandle {
  const source = `onmessage = ({ data }) => (${workerMain})(data, (message) => postMessage(message));`;
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url);
  worker.onmessage = ({ data }: MessageEvent<WorkerMessage>) => listener.message(data);
  worker.onerror = (event) => listener.failure(event.message);
  worker.postMessage(setup);
  return {
    keepAlive: () => {},
    terminate: async () => {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}
