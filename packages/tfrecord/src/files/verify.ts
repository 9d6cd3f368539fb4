import type { Compression } from "../sniff.ts";
import { type FileOptions, openTfRecord } from "./open.ts";

/** What a file holds. */
export interface VerifiedFile {
  readonly path: string;
  readonly records: number;
  /** Size of the file on the disk. */
  readonly bytes: number;
  /** Bytes of the records' data, without frames. */
  readonly dataBytes: number;
  readonly compression: Compression;
}

/**
 * Reads a whole file and checks every checksum.
 *
 * @throws CorruptRecordError at the first record that is not as it was written, unless `onLoss` takes losses.
 */
export async function verifyTfRecord(path: string, options: FileOptions = {}): Promise<VerifiedFile> {
  await using file = await openTfRecord(path, options);
  let [records, dataBytes] = [0, 0];
  for await (const { data } of file) {
    records++;
    dataBytes += data.length;
  }
  return { path, records, bytes: file.bytes, dataBytes, compression: file.compression };
}
