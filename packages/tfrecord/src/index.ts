export { crc32c, maskedCrc32c } from "./crc32c.ts";
export { CorruptRecordError, ProtobufError, type RecordPlace, TfRecordError } from "./errors.ts";
export { decodeEvent, EVENT_FILE_VERSION, encodeEvent, type SummaryValue, type TfEvent } from "./event.ts";
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
export { decodeRecords, encodeRecord, type RecordOptions, type TfRecord } from "./framing.ts";
export { type ByteChunks, decodeRecordStream } from "./stream.ts";
