import { decodeExample, type Feature, type TfRecord } from "@tessera/tfrecord";
import { readRecords } from "@tessera/tfrecord/node";
import { Command } from "commander";
import { positiveInteger } from "../../options.ts";
import { jsonText } from "../../tfrecord-files.ts";

interface HeadOptions {
  readonly count: number;
  readonly json?: boolean;
}

/** `tessera tfrecord head <file>`. */
export function headCommand(): Command {
  return new Command("head")
    .description("print the first records of a file as tf.train.Examples")
    .argument("<file>", "a TFRecord file")
    .option("-n, --count <n>", "how many", positiveInteger, 10)
    .option("--json", "as JSON: every value; bytes in base64, integers past 2^53 as text")
    .addHelpText("after", examples)
    .action(head);
}

const examples = `
Examples:
  tessera tfrecord head mnist.tfrecord
  tessera tfrecord head -n 1 train-00000-of-00128 --json`;

async function head(path: string, { count, json }: HeadOptions): Promise<void> {
  const found = [];
  for await (const record of readRecords(path)) {
    if (json) found.push(recordJson(record));
    else console.log(recordText(record));
    if (record.record + 1 >= count) break;
  }
  if (json) console.log(jsonText(found));
}

function recordJson(record: TfRecord) {
  const features = [...decodeExample(record.data)].map(([name, feature]) => {
    if (feature.kind === "unset") return [name, { kind: "unset" }];
    const values = feature.kind === "bytes" ? feature.values.map(base64) : Array.from<number | bigint>(feature.values);
    return [name, { kind: feature.kind, values }];
  });
  const { record: index, offset, data } = record;
  return { record: index, offset, bytes: data.length, features: Object.fromEntries(features) };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

function recordText({ record, offset, data }: TfRecord): string {
  const example = decodeExample(data);
  const width = Math.max(0, ...[...example.keys()].map((name) => name.length));
  const lines = [...example].map(([name, feature]) => `  ${name.padEnd(width)}  ${featureText(feature)}`);
  return [`record ${record}, at byte ${offset}, ${data.length} bytes`, ...lines.sort()].join("\n");
}

/** Values that are shown of a list. */
const SHOWN = 6;

function featureText(feature: Feature): string {
  if (feature.kind === "unset") return "no kind";
  const { kind, values } = feature;
  const texts =
    kind === "bytes" ? values.slice(0, SHOWN).map(bytesText) : Array.from(values.slice(0, SHOWN), shortNumber);
  if (values.length > SHOWN) texts.push("…");
  const count = values.length === 1 ? "" : ` (${values.length} values)`;
  return `${kind}${count}  ${texts.join(", ")}`;
}

function shortNumber(value: number | bigint): string {
  return typeof value === "bigint" ? `${value}` : `${Number(value.toPrecision(7))}`;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });
/** Characters of a text, or bytes of anything else, that are shown. */
const SHOWN_TEXT = 60;
const SHOWN_BYTES = 8;

/** Text as text; other bytes by their number and their beginning, which tells most formats. */
function bytesText(bytes: Uint8Array): string {
  const text = textOf(bytes);
  if (text !== null) return JSON.stringify(text.length <= SHOWN_TEXT ? text : `${text.slice(0, SHOWN_TEXT - 1)}…`);
  const start = Array.from(bytes.subarray(0, SHOWN_BYTES), (byte) => byte.toString(16).padStart(2, "0"));
  return `${bytes.length} bytes: ${start.join(" ")}${bytes.length > SHOWN_BYTES ? " …" : ""}`;
}

function textOf(bytes: Uint8Array): string | null {
  try {
    const text = utf8.decode(bytes);
    return /[^\P{Control}\t\n\r]/u.test(text) ? null : text;
  } catch {
    return null;
  }
}
