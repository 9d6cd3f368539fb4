import { RecordDecoder } from "./decoder.ts";
import { type RecordOptions, recordLimits, type TfRecord } from "./framing.ts";

/**
 * Reads the records of an uncompressed file held in memory. Their data are views into `file`.
 *
 * @throws CorruptRecordError at the first record that is not as it was written, unless `onLoss` takes losses.
 *
 * @example
 * for (const { data } of decodeRecords(await readFile("train.tfrecord"), { source: "train.tfrecord" })) {
 *   const example = decodeExample(data);
 * }
 */
export function* decodeRecords(file: Uint8Array, options: RecordOptions = {}): Generator<TfRecord, void, undefined> {
  const decoder = new RecordDecoder(recordLimits(options));
  decoder.push(file);
  for (let record = decoder.next(true); record !== null; record = decoder.next(true)) yield record;
}
