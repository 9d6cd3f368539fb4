import { CorruptRecordError, DataError } from "../errors.ts";
import { ROW_BYTES } from "./cifar-batch.ts";
import type { BinaryLayout } from "./cifar-layout.ts";

const DAMAGED = "the file is damaged or of another kind: extract or download it again";

/** The records of one binary batch. */
export interface BinaryBatch {
  /** Pixels 0 … 255, [N, 3, 32, 32]. */
  readonly planes: Uint8Array;
  readonly fine: Int32Array;
  readonly coarse: Int32Array | undefined;
}

/**
 * Reads one batch of a CIFAR binary archive: records of the label (CIFAR-100: the coarse, then the fine label), a byte
 * each, and 1024 red, 1024 green, 1024 blue bytes. The file has neither a header nor a count.
 *
 * @throws CorruptRecordError for a short last record and for a label that the set does not have, with the byte.
 * @see https://www.cs.toronto.edu/~kriz/cifar.html
 */
export function readBinaryBatch(layout: BinaryLayout, bytes: Uint8Array, source: string): BinaryBatch {
  const head = layout.coarse ? 2 : 1;
  const size = head + ROW_BYTES;
  const rows = Math.floor(bytes.length / size);
  const rest = bytes.length % size;
  if (rest !== 0 || rows === 0) {
    const problem = `expected ${size} bytes at byte ${rows * size}, found ${rest}`;
    throw new CorruptRecordError(`${source}: record ${rows}: ${problem}; ${DAMAGED}`, rows);
  }
  const planes = new Uint8Array(rows * ROW_BYTES);
  for (let record = 0; record < rows; record++) {
    const start = record * size + head;
    planes.set(bytes.subarray(start, start + ROW_BYTES), record * ROW_BYTES);
  }
  const labels = (at: number, count: number, kind: string) =>
    Int32Array.from({ length: rows }, (_, record) => {
      const byte = record * size + at;
      const label = bytes[byte]!;
      if (label < count) return label;
      const problem = `expected a ${kind} from 0 to ${count - 1} at byte ${byte}, found ${label}`;
      throw new CorruptRecordError(`${source}: record ${record}: ${problem}; ${DAMAGED}`, record);
    });
  const coarse = layout.coarse && labels(0, layout.coarse.count, "coarse label");
  return { planes, fine: labels(head - 1, layout.fine.count, coarse ? "fine label" : "label"), coarse };
}

/** The names of the classes, one on each line, in label order; blank lines at the end don't count. */
export function readNameLines(bytes: Uint8Array, count: number, source: string): string[] {
  const names = new TextDecoder()
    .decode(bytes)
    .trimEnd()
    .split("\n")
    .map((line) => line.trim());
  if (names.length === count && !names.includes("")) return names;
  const found = names.filter((name) => name !== "").length;
  throw new DataError(`${source}: expected ${count} class names, one on each line, found ${found}; ${DAMAGED}`);
}
