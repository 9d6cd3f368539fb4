/** @file A worker's side of its line to the main thread, in Node and in browsers. */
import { nodeProcess } from "./node-process.ts";

/** A worker's line to the main thread. */
export interface WorkerPort<Request, Message> {
  post(message: Message, transfer?: readonly ArrayBuffer[]): void;
  /** Takes what the main thread sends after the setup. */
  listen(take: (request: Request) => void): void;
}

/** Runs a worker's program on the setup that it is started with. */
export function serve<Setup, Request, Message>(main: (setup: Setup, port: WorkerPort<Request, Message>) => void): void {
  const node = nodeProcess();
  if (node) {
    const { parentPort, workerData } = node.getBuiltinModule("node:worker_threads");
    main(workerData, {
      post: (message, transfer) => parentPort?.postMessage(message, transfer),
      listen: (take) => parentPort?.on("message", take),
    });
    return;
  }
  const post = (message: Message, transfer: readonly ArrayBuffer[] = []) =>
    self.postMessage(message, { transfer: [...transfer] });
  const listen = (take: (request: Request) => void) => {
    self.onmessage = ({ data }: MessageEvent<Request>) => take(data);
  };
  self.onmessage = ({ data }: MessageEvent<Setup>) => main(data, { post, listen });
}
