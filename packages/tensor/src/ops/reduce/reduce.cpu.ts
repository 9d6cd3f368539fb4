/** @file Launches reductions on the cpu, in as many passes as fixed chunks take. */
import type { CpuBlock, CpuDevice } from "../../devices/cpu/cpu-device.ts";
import type { Shape } from "../../shape.ts";
import type { Argument } from "../op.ts";
import { writeEmptyReduction } from "./empty.ts";
import { type ReduceLayout, reduceLayout } from "./layout.ts";
import type { ReduceKind } from "./reduce.ts";

/** Rows in a chunk of columns, which the kernel sums in blocks: enough work to hand out, few partial results. */
const columnRows = 256;

/** Neighbours in a chunk of rows, likewise. */
const stretchLength = 4096;

/** Short rows in a chunk, summed one after the other: more would let rounding errors grow. */
const shortRows = 32;

/** Reduces `axes` of x into `y`. */
export function reduceCpu(
  device: CpuDevice,
  kind: ReduceKind,
  x: Argument<CpuBlock>,
  y: CpuBlock,
  axes: readonly number[],
): void {
  const layout = reduceLayout(kind, x.shape, axes);
  if (layout.count === 0) {
    writeEmptyReduction(kind, layout.outputs, (bytes) => device.write(y, bytes));
    return;
  }
  const divisor = kind === "mean" ? layout.count : 1;
  passes(device, kind === "max" ? "Max" : "Sum", x.block.address, y.address, layout, divisor);
}

/** One pass leaves `chunks` partial results for each output; they are reduced in turn. */
function passes(
  device: CpuDevice,
  kernels: "Sum" | "Max",
  x: number,
  y: number,
  layout: ReduceLayout,
  divisor: number,
): void {
  const { chunks, run } = onePass(device, kernels, layout);
  if (chunks === 1) {
    run(x, y, divisor);
    return;
  }
  const shape: Shape = [chunks, layout.outputs];
  device.scratch(chunks * layout.outputs * 4, (partial) => {
    run(x, partial, 1);
    passes(device, kernels, partial, y, reduceLayout("reduce", shape, [0]), divisor);
  });
}

interface Pass {
  readonly chunks: number;
  readonly run: (x: number, y: number, divisor: number) => void;
}

/** Cuts by the shape alone, so that the bits do not depend on the number of threads. */
function onePass(device: CpuDevice, kernels: "Sum" | "Max", layout: ReduceLayout): Pass {
  const { kept, reduced, count, innerReduced } = layout;
  const words = () =>
    device.constant(Int32Array.from([...kept.sizes, ...kept.strides, ...reduced.sizes, ...reduced.strides]));
  if (!innerReduced) {
    const chunks = Math.ceil(count / columnRows);
    return {
      chunks,
      run: (x, y, divisor) => device.run(`reduce${kernels}Columns`, [x, y, words(), columnRows, chunks, divisor]),
    };
  }
  const width = reduced.sizes[2];
  const length = Math.min(width, stretchLength);
  const segments = Math.ceil(width / length);
  const rows = segments > 1 ? 1 : Math.min(shortRows, Math.floor(stretchLength / length));
  const chunks = segments * Math.ceil(count / width / rows);
  return {
    chunks,
    run: (x, y, divisor) => device.run(`reduce${kernels}Rows`, [x, y, words(), length, rows, chunks, divisor]),
  };
}
