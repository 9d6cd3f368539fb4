export type { ByteChunks } from "./byte-chunks.ts";
export { crc32c, maskedCrc32c } from "./crc32c.ts";
export { decodeRecords } from "./decode-records.ts";
export { type EncodeOptions, encodeRecordStream } from "./encode-stream.ts";
export { CorruptRecordError, FeatureError, ProtobufError, type RecordPlace, TfRecordError } from "./errors.ts";
export {
  decodeEvent,
  EVENT_FILE_VERSION,
  encodeEvent,
  type Histogram,
  type SummaryValue,
  type TfEvent,
} from "./event.ts";
export {
  bytesFeature,
  decodeExample,
  type Example,
  encodeExample,
  type Feature,
  type FeatureMap,
  floatFeature,
  int64Feature,
} from "./example.ts";
export { bytes, type FeatureSpec, float, int64, text } from "./feature-spec.ts";
export { encodeRecord, type RecordLoss, type RecordOptions, type TfRecord } from "./framing.ts";
export { decodeIndex, encodeIndex, type RecordIndex } from "./record-index.ts";
export { type ExampleValues, type ParsedExample, parseExample, type Schema, serializeExample } from "./schema.ts";
export { orderShards, shardName } from "./shard-names.ts";
export { type Compression, detectCompression } from "./sniff.ts";
export { decodeRecordStream, type StreamOptions } from "./stream.ts";
export { type ExamplesSummary, type FeatureSummary, type Range, summarizeExamples } from "./summarize.ts";
export { WireWriter } from "./wire-writer.ts";
