/** @file Worker threads, cores and flags, in Node and in browsers. */
import { nodeProcess } from "./node-process.ts";

/** A running worker. */
export interface WorkerHandle {
  post(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  /** Keeps the process alive (the default), or lets it exit. */
  keepAlive(alive: boolean): void;
  terminate(): Promise<void>;
}

/** What a worker tells. */
export interface WorkerListener<Message> {
  message(message: Message): void;
  /** It ended, or could not start. */
  failure(reason: unknown): void;
}

/** Threads that can run at once. */
export function availableThreads(): number {
  const node = nodeProcess();
  return node ? node.getBuiltinModule("node:os").availableParallelism() : (navigator.hardwareConcurrency ?? 1);
}

/** Whether threads may share memory: always in Node, in browsers where the page is cross-origin isolated. */
export function canShareMemory(): boolean {
  return typeof SharedArrayBuffer !== "undefined" && (nodeProcess() !== null || globalThis.crossOriginIsolated);
}

/** What a page's content security policy has to allow, for errors that come of one which does not; none in Node. */
export function policyHints(): string[] {
  if (nodeProcess()) return [];
  return ["a Content-Security-Policy has to allow script-src 'wasm-unsafe-eval' and worker-src blob:"];
}

/** Turns relaxed SIMD on where it hides behind a flag: Node 20. Applies to modules compiled afterwards, in any thread. */
export function enableRelaxedSimd(): void {
  nodeProcess()?.getBuiltinModule("node:v8").setFlagsFromString("--experimental-wasm-relaxed-simd");
}

/**
 * Starts a worker from its program's text, so that there is no file to find beside the bundle.
 *
 * @param setup the first thing that the program is sent
 */
export function startWorker<Message>(program: string, setup: object, listener: WorkerListener<Message>): WorkerHandle {
  const node = nodeProcess();
  return node ? startNodeWorker(node, program, setup, listener) : startWebWorker(program, setup, listener);
}

function startNodeWorker<Message>(
  node: NodeJS.Process,
  program: string,
  setup: object,
  listener: WorkerListener<Message>,
): WorkerHandle {
  const { Worker } = node.getBuiltinModule("node:worker_threads");
  // Loaders and hooks that the process was started with are of no use to the worker.
  const worker = new Worker(program, { eval: true, execArgv: [], workerData: setup });
  worker.on("message", (message: Message) => listener.message(message));
  worker.on("error", (error) => listener.failure(error));
  worker.on("exit", (code) => listener.failure(new Error(`the worker ended with code ${code}`)));
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    keepAlive: (alive) => (alive ? worker.ref() : worker.unref()),
    terminate: async () => void (await worker.terminate()),
  };
}

function startWebWorker<Message>(program: string, setup: object, listener: WorkerListener<Message>): WorkerHandle {
  const url = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
  const worker = new Worker(url);
  worker.onmessage = ({ data }: MessageEvent<Message>) => listener.message(data);
  // An event without a message is all that a page gets whose content security policy forbids the worker.
  worker.onerror = ({ message }) => listener.failure(new Error(message ?? "the page may not start it"));
  worker.postMessage(setup);
  return {
    post: (message, transfer = []) => worker.postMessage(message, [...transfer]),
    keepAlive: () => {},
    terminate: async () => {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}
