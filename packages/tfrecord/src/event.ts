import { quote, TfRecordError } from "./errors.ts";
import { WireReader, WireType } from "./wire.ts";
import { encodeText, packDoubles, toInt64, WireWriter } from "./wire-writer.ts";

/** The first event of every event file holds this version, without which TensorBoard does not take the file. */
export const EVENT_FILE_VERSION = "brain.Event:2";

/** One value of a summary: `tensorflow.Summary.Value`. */
export interface SummaryValue {
  /** Name of the curve. */
  readonly tag: string;
  /** A float32; `null` where the value is a histogram, or of another kind (image, tensor), which is not read. */
  readonly simpleValue: number | null;
  readonly histogram?: Histogram;
}

/** How values are spread: `tensorflow.HistogramProto`. */
export interface Histogram {
  readonly min: number;
  readonly max: number;
  /** How many values there are. */
  readonly num: number;
  readonly sum: number;
  readonly sumSquares: number;
  /** Where each bucket ends, rising; it begins where the one before it ends, the first at −∞. */
  readonly bucketLimit: readonly number[];
  /** How many values lie in each bucket. */
  readonly bucket: readonly number[];
}

/**
 * `tensorflow.Event`, as far as curves need it. It holds a file version or a summary or, where it is of another kind
 * (a graph, a log message), neither.
 */
export interface TfEvent {
  /** Seconds since 1970. */
  readonly wallTime: number;
  /** An integer within ±(2⁵³ − 1). */
  readonly step: number;
  readonly fileVersion?: string;
  readonly summary?: readonly SummaryValue[];
}

/**
 * Encodes an event: the data of one record of an event file.
 *
 * @throws TfRecordError when the step is no integer, both a file version and a summary are given, a value is both a
 *   number and a histogram, or a histogram does not have a limit for each bucket.
 *
 * @example
 * const start = encodeRecord(encodeEvent({ wallTime, step: 0, fileVersion: EVENT_FILE_VERSION }));
 * const first = encodeRecord(encodeEvent({ wallTime, step: 0, summary: [{ tag: "loss", simpleValue: 4.6 }] }));
 */
export function encodeEvent({ wallTime, step, fileVersion, summary }: TfEvent): Uint8Array<ArrayBuffer> {
  if (fileVersion !== undefined && summary !== undefined) {
    throw new TfRecordError("encodeEvent: expected fileVersion or summary, got both");
  }
  const event = new WireWriter();
  // Proto3 leaves out what is 0; −0 has a bit set.
  if (!Object.is(wallTime, 0)) event.double(1, wallTime);
  const steps = toInt64("encodeEvent: step", step);
  if (steps !== 0n) event.int64(2, steps);
  if (fileVersion !== undefined) event.bytes(3, encodeText(fileVersion));
  if (summary !== undefined) event.message(5, summaryMessage(summary));
  return event.finish();
}

function summaryMessage(values: readonly SummaryValue[]): WireWriter {
  const summary = new WireWriter();
  for (const { tag, simpleValue, histogram } of values) {
    if (simpleValue !== null && histogram) {
      throw new TfRecordError(`encodeEvent: ${quote(tag)}: expected simpleValue or histogram, got both`);
    }
    const value = new WireWriter();
    if (tag !== "") value.bytes(1, encodeText(tag));
    if (simpleValue !== null) value.float(2, simpleValue);
    if (histogram) value.message(5, histogramMessage(tag, histogram));
    summary.message(1, value);
  }
  return summary;
}

/** Proto3's packed doubles; of the others, what is 0 is left out. */
function histogramMessage(tag: string, histogram: Histogram): WireWriter {
  const { min, max, num, sum, sumSquares, bucketLimit, bucket } = histogram;
  if (bucketLimit.length !== bucket.length) {
    const lengths = `${bucketLimit.length} limits of ${bucket.length} buckets`;
    throw new TfRecordError(`encodeEvent: ${quote(tag)}: expected a limit for each bucket, got ${lengths}`);
  }
  const message = new WireWriter();
  for (const [i, value] of [min, max, num, sum, sumSquares].entries()) {
    if (!Object.is(value, 0)) message.double(i + 1, value);
  }
  for (const [i, values] of [bucketLimit, bucket].entries()) {
    if (values.length > 0) message.bytes(i + 6, packDoubles(values));
  }
  return message;
}

/**
 * Decodes an event.
 *
 * @throws ProtobufError when the bytes are no such message, or its step lies outside of ±(2⁵³ − 1).
 * @see https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/util/event.proto
 */
export function decodeEvent(bytes: Uint8Array): TfEvent {
  const reader = new WireReader(bytes);
  let [wallTime, step] = [0, 0];
  let what: Pick<TfEvent, "fileVersion" | "summary"> = {};
  while (!reader.done) {
    const tag = reader.tag();
    if (tag.field === 1 && tag.wireType === WireType.fixed64) wallTime = reader.double();
    else if (tag.field === 2 && tag.wireType === WireType.varint) step = safeStep(reader);
    else if (tag.field === 3 && tag.wireType === WireType.bytes) what = { fileVersion: reader.string() };
    else if (tag.field === 5 && tag.wireType === WireType.bytes) {
      // Two summaries one after the other are one; any other kind between them would end the first.
      what = { summary: [...(what.summary ?? []), ...decodeSummary(reader.message())] };
    } else {
      if (OTHER_KINDS.has(tag.field)) what = {};
      reader.skip(tag);
    }
  }
  return { wallTime, step, ...what };
}

/** graph_def, log_message, session_log, tagged_run_metadata and meta_graph_def, of which an event has one at most. */
const OTHER_KINDS: ReadonlySet<number> = new Set([4, 6, 7, 8, 9]);

function safeStep(reader: WireReader): number {
  const step = Number(reader.int64());
  if (Number.isSafeInteger(step)) return step;
  throw reader.fail(`expected a step within ±(2^53 − 1), got ${step}`);
}

function decodeSummary(reader: WireReader): SummaryValue[] {
  const values: SummaryValue[] = [];
  while (!reader.done) {
    const tag = reader.tag();
    if (tag.field === 1 && tag.wireType === WireType.bytes) values.push(decodeValue(reader.message()));
    else reader.skip(tag);
  }
  return values;
}

function decodeValue(reader: WireReader): SummaryValue {
  let name = "";
  let simpleValue: number | null = null;
  let histogram: Histogram | undefined;
  while (!reader.done) {
    const tag = reader.tag();
    if (tag.field === 1 && tag.wireType === WireType.bytes) name = reader.string();
    else if (tag.field === 2 && tag.wireType === WireType.fixed32)
      [simpleValue, histogram] = [reader.float(), undefined];
    else if (tag.field === 5 && tag.wireType === WireType.bytes) {
      // Of a value's kinds the last one holds, and of one kind given twice the parts are merged.
      [simpleValue, histogram] = [null, decodeHistogram(reader.message(), histogram)];
    } else reader.skip(tag);
  }
  return { tag: name, simpleValue, ...(histogram && { histogram }) };
}

const noHistogram: Histogram = { min: 0, max: 0, num: 0, sum: 0, sumSquares: 0, bucketLimit: [], bucket: [] };

function decodeHistogram(reader: WireReader, before = noHistogram): Histogram {
  const scalars = [before.min, before.max, before.num, before.sum, before.sumSquares];
  const lists = [[...before.bucketLimit], [...before.bucket]];
  while (!reader.done) {
    const tag = reader.tag();
    const list = lists[tag.field - 6];
    if (tag.field <= scalars.length && tag.wireType === WireType.fixed64) scalars[tag.field - 1] = reader.double();
    else if (list && tag.wireType === WireType.fixed64) list.push(reader.double());
    else if (list && tag.wireType === WireType.bytes) {
      for (const packed = reader.message(); !packed.done; ) list.push(packed.double());
    } else reader.skip(tag);
  }
  const [min, max, num, sum, sumSquares] = scalars as [number, number, number, number, number];
  return { min, max, num, sum, sumSquares, bucketLimit: lists[0]!, bucket: lists[1]! };
}
