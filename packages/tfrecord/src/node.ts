export {
  type BuildIndexOptions,
  buildIndex,
  type IndexedOptions,
  readIndex,
  TfRecordIndex,
} from "./files/index-file.ts";
export { type FileOptions, openTfRecord, readRecords, type TfRecordFile } from "./files/open.ts";
export { resolveShards } from "./files/resolve-shards.ts";
export { type ShardedOptions, ShardedReader, type ShardedState } from "./files/sharded-reader.ts";
export { type VerifiedFile, verifyTfRecord } from "./files/verify.ts";
export { TfRecordWriter, type WriterOptions, type WrittenFile } from "./files/writer.ts";
