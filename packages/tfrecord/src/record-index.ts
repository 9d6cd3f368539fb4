import { quote, TfRecordError } from "./errors.ts";
import { FRAME_BYTES } from "./framing.ts";

/** Where each record of an uncompressed file lies. */
export interface RecordIndex {
  /** Byte at which each record's frame begins. */
  readonly offsets: Float64Array;
  /** Size of each frame: the data's length and 16 bytes. */
  readonly sizes: Float64Array;
}

/** An index of frames that follow one another from the file's beginning. */
export function indexOfSizes(sizes: ArrayLike<number>): RecordIndex {
  const offsets = new Float64Array(sizes.length);
  for (let i = 1; i < sizes.length; i++) offsets[i] = offsets[i - 1]! + sizes[i - 1]!;
  return { offsets, sizes: Float64Array.from(sizes) };
}

/** Where an index says that its file ends. */
export function indexEnd({ offsets, sizes }: RecordIndex): number {
  return sizes.length === 0 ? 0 : offsets.at(-1)! + sizes.at(-1)!;
}

/**
 * An index as text, as NVIDIA DALI's `tfrecord2idx` writes it: a line `offset size` a record, both in bytes, where the
 * size is that of the whole frame.
 */
export function encodeIndex({ offsets, sizes }: RecordIndex): string {
  const lines = Array.from(offsets, (offset, i) => `${offset} ${sizes[i]}\n`);
  return lines.join("");
}

/**
 * Reads an index.
 *
 * @param source name of the index, for messages
 * @throws TfRecordError naming the line, when there is anything but frames that follow one another from byte 0.
 */
export function decodeIndex(text: string, source = "index"): RecordIndex {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const sizes = new Float64Array(lines.length);
  let end = 0;
  for (const [i, line] of lines.entries()) {
    const match = /^(\d{1,16}) (\d{1,16})\s*$/.exec(line);
    const fail = (expected: string) =>
      new TfRecordError(`${source}: line ${i + 1}: expected ${expected}, got ${quote(line)}`);
    if (match === null) throw fail("an offset and a size in bytes");
    const [offset, size] = [Number(match[1]), Number(match[2])];
    if (offset !== end) throw fail(`offset ${end}, where the record before ends`);
    if (size < FRAME_BYTES) throw fail(`a size of at least ${FRAME_BYTES}, which a frame takes`);
    sizes[i] = size;
    end += size;
    if (!Number.isSafeInteger(end)) throw fail("bytes up to 2^53 − 1");
  }
  return indexOfSizes(sizes);
}
