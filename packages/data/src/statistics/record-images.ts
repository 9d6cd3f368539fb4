/** @file The images that TFRecord files hold. */
import { decodeExample } from "@tessera/tfrecord";
import { readRecords } from "@tessera/tfrecord/node";
import { CorruptRecordError } from "../errors.ts";

/** A record's image, and a name for it in messages. */
export interface RecordImage {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Reads `image_raw` of every record, checking CRCs; GZIP and ZLIB are told by their content.
 *
 * @param onBytes called with the number of bytes read from disk since the last call.
 * @throws CorruptRecordError naming file and record, where there is no `image_raw`; what the TFRecord reader throws
 */
export async function* recordImages(
  path: string,
  onBytes: (count: number) => void = () => undefined,
): AsyncGenerator<RecordImage, void, undefined> {
  let before = 0;
  const onProgress = (bytesRead: number) => {
    onBytes(bytesRead - before);
    before = bytesRead;
  };
  for await (const { data, record, offset } of readRecords(path, { onProgress })) {
    const feature = decodeExample(data).get("image_raw");
    if (feature?.kind !== "bytes" || feature.values.length !== 1) {
      const got = feature ? `${feature.kind} of ${"values" in feature ? feature.values.length : 0}` : "none";
      throw new CorruptRecordError(
        `${path}: record ${record} at byte ${offset}: expected a feature image_raw of one byte string, got ${got}`,
        record,
      );
    }
    yield { name: `${path} record ${record}`, bytes: feature.values[0]! };
  }
}
