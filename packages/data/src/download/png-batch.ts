import { decode } from "fast-png";
import { CorruptRecordError, DataError } from "../errors.ts";
import { ROW_BYTES } from "../sources/cifar-batch.ts";

const PIXELS = 32 * 32;

/**
 * Turns a picture whose row i is image i (its 32 × 32 pixels in reading order, RGB) into the records of a CIFAR-10
 * binary batch: the label, then 1024 red, 1024 green and 1024 blue bytes.
 *
 * @param png the file, 1024 × N, 8-bit RGB without alpha.
 * @param labels N of them.
 * @throws DataError when the picture is damaged or of another shape.
 */
export function binaryBatchFromPng(png: Uint8Array, labels: Uint8Array, source: string): Uint8Array {
  const { width, height, channels, depth, data } = decodePng(png, source);
  if (width !== PIXELS || height !== labels.length || channels !== 3 || depth !== 8) {
    const found = `${width} × ${height}, ${channels} channels of ${depth} bits`;
    throw new DataError(`${source}: expected ${PIXELS} × ${labels.length}, 3 channels of 8 bits, found ${found}`);
  }
  const out = new Uint8Array(height * (1 + ROW_BYTES));
  let from = 0;
  for (const [record, label] of labels.entries()) {
    const start = record * (1 + ROW_BYTES);
    out[start] = label;
    for (let to = start + 1; to <= start + PIXELS; to++) {
      out[to] = data[from]!;
      out[to + PIXELS] = data[from + 1]!;
      out[to + 2 * PIXELS] = data[from + 2]!;
      from += 3;
    }
  }
  return out;
}

function decodePng(png: Uint8Array, source: string) {
  try {
    return decode(png, { checkCrc: true });
  } catch (error) {
    throw new DataError(`${source}: the PNG cannot be read: ${(error as Error).message}`, { cause: error });
  }
}

/** A JSON array of `count` labels from 0 to 9. */
export function parseLabels(json: Uint8Array, count: number, source: string): Uint8Array {
  const list = parseJson(json, source);
  if (!Array.isArray(list) || list.length !== count) {
    const found = Array.isArray(list) ? `${list.length}` : "another value";
    throw new DataError(`${source}: expected an array of ${count} labels, found ${found}`);
  }
  return Uint8Array.from(list, (label: unknown, record) => {
    if (typeof label === "number" && Number.isInteger(label) && label >= 0 && label < 10) return label;
    const problem = `expected a label from 0 to 9, found ${JSON.stringify(label)}`;
    throw new CorruptRecordError(`${source}: record ${record}: ${problem}`, record);
  });
}

function parseJson(json: Uint8Array, source: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(json));
  } catch (error) {
    throw new DataError(`${source}: expected JSON: ${(error as Error).message}`, { cause: error });
  }
}
