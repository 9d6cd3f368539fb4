/** @file Sorts the places of a gather by entry on WebGPU, so that each entry finds its own. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import type { WebgpuBlock, WebgpuDevice } from "../../devices/webgpu/webgpu-device.ts";
import code from "./gather-order.wgsl";

/** The places j in the order of (entry, j), and where each entry begins. */
export interface GatherOrder {
  /** Pairs (entry, j). */
  readonly keys: WebgpuBlock;
  /** [length + 1] */
  readonly starts: WebgpuBlock;
}

function kernel(entryPoint: "start" | "exchange" | "finish" | "find") {
  return defineKernel({
    ...{ name: `gather order ${entryPoint}`, code, entryPoint },
    bindings: { indices: "read", keys: "write", starts: "write" },
    parameters: { count: "u32", length: "u32", padded: "u32", width: "u32", distance: "u32" },
    constants: {},
  });
}

const start = kernel("start");
const exchange = kernel("exchange");
const finish = kernel("finish");
const find = kernel("find");

/** Keys that one workgroup sorts. */
const blockLength = 512;

/** Lends the order of `count` indices into `length` entries to the launches that `body` queues. */
export function withOrder(
  device: WebgpuDevice,
  indices: WebgpuBlock,
  count: number,
  length: number,
  body: (order: GatherOrder) => void,
): void {
  const padded = Math.max(blockLength, 2 ** Math.ceil(Math.log2(Math.max(1, count))));
  device.scratch(padded * 8, "sorted indices of a gather", (keys) => {
    device.scratch((length + 1) * 4, "starts of a gather's entries", (starts) => {
      const run: Pass = (step, items, perGroup, width, distance) =>
        device.run(step, {
          bindings: { indices, keys, starts },
          parameters: { count, length, padded, width, distance },
          workgroups: spread(items, perGroup),
        });
      sort(run, padded);
      run(find, length + 1, blockLength / 2, 0, 0);
      body({ keys, starts });
    });
  });
}

/** Queues one pass of a kernel over `items`, of which a workgroup takes `perGroup`. */
type Pass = (step: typeof start, items: number, perGroup: number, width: number, distance: number) => void;

/** Bitonic: blocks first, then runs of twice the width, until there is one. */
function sort(run: Pass, padded: number): void {
  run(start, padded, blockLength, 0, 0);
  for (let width = 2 * blockLength; width <= padded; width *= 2) {
    for (let distance = width / 2; distance >= blockLength; distance /= 2) {
      run(exchange, padded / 2, blockLength / 2, width, distance);
    }
    run(finish, padded, blockLength, width, 0);
  }
}
