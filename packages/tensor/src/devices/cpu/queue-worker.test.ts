import { describe, expect, it } from "vitest";
import plainBytes from "../../../build/kernels.wasm";
import { kernelNames } from "./module.ts";
import { type QueueMessage, type QueueRequest, queueMain } from "./queue-worker.ts";
import { unsharedModule } from "./unshared-module.ts";
import { pageBytes, tablesEnd } from "./wasm-memory.ts";

/** The worker's program with nothing between it and the test. */
function start(limitPages: number) {
  const module = new WebAssembly.Module(unsharedModule(plainBytes));
  const kernels = kernelNames(module);
  const messages: QueueMessage[] = [];
  let send: ((request: QueueRequest) => void) | undefined;
  const port = {
    post: (message: QueueMessage) => void messages.push(message),
    listen: (take: (request: QueueRequest) => void) => {
      send = take;
    },
  };
  queueMain({ module, kernels, initialPages: 2, limitPages, counter: tablesEnd }, port);
  expect(messages.splice(0)).toEqual([{ kind: "memory", maximumPages: limitPages }, "ready"]);
  return { send: send!, messages, copyBytes: kernels.indexOf("copyBytes") };
}

const address = tablesEnd + 64;

describe("queueMain", () => {
  it("grows its memory before the commands that need it, and hands bytes out as they are then", () => {
    const { send, messages, copyBytes } = start(8);
    const words = Float64Array.of(-1, 1, address, copyBytes, 3, address, 4 * pageBytes, 4);
    send({ kind: "commands", first: 1, byteLength: 5 * pageBytes, words, uploads: [Uint8Array.of(1, 2, 3, 4)] });
    send({ kind: "read", id: 7, address: 4 * pageBytes, byteLength: 4 });
    expect(messages).toEqual([{ kind: "bytes", id: 7, bytes: Uint8Array.of(1, 2, 3, 4).buffer }]);
  });

  it("reports memory that is not to be had once, before what fails for want of it, and goes on", () => {
    const { send, messages, copyBytes } = start(4);
    const words = Float64Array.of(copyBytes, 3, address, 6 * pageBytes, 4, copyBytes, 3, address, 7 * pageBytes, 4);
    send({ kind: "commands", first: 5, byteLength: 8 * pageBytes, words, uploads: [] });
    const text = expect.stringContaining("Maximum memory size exceeded");
    const refused = { asked: 8 * pageBytes, byteLength: 2 * pageBytes };
    expect(messages.splice(0)).toEqual([{ kind: "failure", command: 5, kernel: -1, text, refused }]);
    send({ kind: "commands", first: 7, byteLength: 8 * pageBytes, words: Float64Array.of(), uploads: [] });
    expect(messages).toEqual([]); // it was on its way
    const upload = Float64Array.of(-1, 1, address);
    send({ kind: "commands", first: 7, byteLength: 2 * pageBytes, words: upload, uploads: [Uint8Array.of(9)] });
    send({ kind: "read", id: 0, address, byteLength: 1 });
    expect(messages).toEqual([{ kind: "bytes", id: 0, bytes: Uint8Array.of(9).buffer }]);
  });

  it("names the first command of a batch that failed", () => {
    const { send, messages, copyBytes } = start(4);
    const words = Float64Array.of(-1, 1, address, copyBytes, 3, 0, 2 ** 31, 4, copyBytes, 3, 0, 2 ** 30, 4);
    send({ kind: "commands", first: 10, byteLength: 2 * pageBytes, words, uploads: [Uint8Array.of(1)] });
    const text = "memory access out of bounds";
    expect(messages).toEqual([{ kind: "failure", command: 11, kernel: copyBytes, text }]);
  });
});
