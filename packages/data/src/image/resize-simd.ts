import moduleBytes from "../../build/resize.wasm";
import type { Taps } from "./resize-taps.ts";
import type { RgbImage } from "./rgb-image.ts";

/** What `resize.assembly.ts` exports. */
interface Kernel {
  readonly memory: WebAssembly.Memory;
  /** Where free memory begins. */
  freeMemory(): number;
  resize(
    pixels: number,
    stride: number,
    columns: number,
    width: number,
    rows: number,
    height: number,
    sums: number,
    out: number,
  ): void;
}

/** Bytes of pixels beyond which plain JavaScript resizes: this memory never shrinks again. */
const LIMIT = 2 ** 26;

let kernel: Kernel | null | undefined;

/** Compiled when first asked for; null where WebAssembly or its SIMD is missing. */
function loadKernel(): Kernel | null {
  if (kernel !== undefined) return kernel;
  try {
    kernel = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes)).exports as unknown as Kernel;
  } catch {
    kernel = null;
  }
  return kernel;
}

/** Resizes in WebAssembly SIMD, to the same bits as {@link resizePlain}; null where that cannot be done. */
export function resizeSimd({ pixels, width }: RgbImage, columns: Taps, rows: Taps): Uint8Array | null {
  const [outWidth, outHeight] = [columns.first.length, rows.first.length];
  const outLength = outWidth * outHeight * 3;
  const wasm = pixels.length + outLength <= LIMIT ? loadKernel() : null;
  if (!wasm) return null;
  const columnsAt = aligned(wasm.freeMemory());
  const rowsAt = aligned(columnsAt + 12 * outWidth);
  const sumsAt = aligned(rowsAt + 16 * outHeight);
  const pixelsAt = aligned(sumsAt + 2 * 4 * (outWidth * 3 + 16));
  const outAt = aligned(pixelsAt + pixels.length + 4);
  const missing = outAt + outLength + 16 - wasm.memory.buffer.byteLength;
  if (missing > 0) wasm.memory.grow(Math.ceil(missing / 65536));
  writeColumns(new Int32Array(wasm.memory.buffer, columnsAt, 3 * outWidth), columns);
  writeRows(new Int32Array(wasm.memory.buffer, rowsAt, 4 * outHeight), rows);
  const memory = new Uint8Array(wasm.memory.buffer);
  memory.set(pixels, pixelsAt);
  wasm.resize(pixelsAt, width * 3, columnsAt, outWidth, rowsAt, outHeight, sumsAt, outAt);
  return memory.slice(outAt, outAt + outLength);
}

function aligned(address: number): number {
  return (address + 15) & ~15;
}

function writeColumns(target: Int32Array, { first, second, firstWeight, secondWeight }: Taps): void {
  for (let x = 0, to = 0; x < first.length; x++) {
    target[to++] = 3 * first[x]!;
    target[to++] = 3 * second[x]!;
    target[to++] = firstWeight[x]! | (secondWeight[x]! << 16);
  }
}

function writeRows(target: Int32Array, { first, second, firstWeight, secondWeight }: Taps): void {
  for (let y = 0, to = 0; y < first.length; y++) {
    target[to++] = first[y]!;
    target[to++] = second[y]!;
    target[to++] = firstWeight[y]!;
    target[to++] = secondWeight[y]!;
  }
}
