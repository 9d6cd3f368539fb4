/** @file Files that TensorFlow wrote. */
import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import {
  decodeExample,
  decodeRecordStream,
  decodeRecords,
  encodeExample,
  encodeRecord,
  float,
  int64,
  parseExample,
  serializeExample,
} from "./index.ts";
import { readIndex, readRecords, TfRecordWriter } from "./node.ts";

const data = process.env.TESSERA_DATA ?? resolve(fileURLToPath(import.meta.url), "../../../../../shared/data");
const folder = join(data, "tfrecords");
const absent = !existsSync(folder);
if (absent) console.warn(`SKIPPED: TensorFlow's own files: no ${folder}; point TESSERA_DATA to the folder that has it`);

const examplesOf = (bytes: Uint8Array) => [...decodeRecords(bytes)].map((record) => decodeExample(record.data));

describe.skipIf(absent)("TensorFlow's files", () => {
  const read = (name: string) => new Uint8Array(readFileSync(join(folder, name)));

  it("mnist.tfrecord: 1000 digits of 28 × 28 floats", () => {
    const examples = examplesOf(read("mnist.tfrecord"));
    expect(examples).toHaveLength(1000);
    const counts = Array(10).fill(0);
    let sum = 0;
    for (const example of examples) {
      const [label, image] = [example.get("image_class")!, example.get("image_floats")!];
      if (label.kind !== "int64" || image.kind !== "float") throw new Error(`${label.kind}, ${image.kind}`);
      expect(image.values).toHaveLength(784);
      expect(Math.min(...image.values)).toBe(-0.5);
      counts[Number(label.values[0])]++;
      sum += image.values.reduce((a, b) => a + b, 0);
    }
    // As Python's struct reads them.
    expect(counts).toEqual([87, 137, 87, 90, 118, 79, 78, 107, 120, 97]);
    expect(sum).toBeCloseTo(-291181.686237562, 6);
  });

  it("mnist.tfrecord: encoded again, the same bytes, as its names are in order", () => {
    const bytes = read("mnist.tfrecord");
    const written = examplesOf(bytes).map((example) => encodeRecord(encodeExample(example)));
    expect(Buffer.concat(written).equals(bytes)).toBe(true);
  });

  it("mnist.tfrecord: parsed by a schema and written to a file again, the same bytes", async () => {
    const temporary = mkdtempSync(join(tmpdir(), "tessera-mnist-"));
    const schema = { image_class: int64(), image_floats: float({ shape: [28, 28] }) };
    const writer = await TfRecordWriter.create(join(temporary, "mnist.tfrecord"), { index: true });
    for await (const record of readRecords(join(folder, "mnist.tfrecord"))) {
      await writer.write(serializeExample(parseExample(record, schema), schema));
    }
    expect(await writer.close()).toMatchObject({ records: 1000, bytes: 3_203_000 });
    expect(readFileSync(writer.path).equals(read("mnist.tfrecord"))).toBe(true);
    expect((await readIndex(`${writer.path}.idx`)).offsets.at(-1)).toBe(3_203_000 - 3203);
    rmSync(temporary, { recursive: true });
  });

  it("mnist.tfrecord: the same through a stream", async () => {
    const whole = [...decodeRecords(read("mnist.tfrecord"))];
    const chunks = createReadStream(join(folder, "mnist.tfrecord"), { highWaterMark: 1000 });
    let count = 0;
    for await (const { data: bytes, record, offset } of decodeRecordStream(chunks)) {
      const expected = whole[count++]!;
      expect([record, offset]).toEqual([expected.record, expected.offset]);
      expect(Buffer.compare(bytes, expected.data)).toBe(0);
    }
    expect(count).toBe(1000);
  });

  it.each([
    ["csv_eval_data_tfrecord-00000-of-00012.gz", "company", "bytes"],
    ["penguin_train-00000-of-00001.gz", "flipper_length_mm", "float"],
    ["tfjs_next_page.tfrecord.gz", "cur_page", "bytes"],
  ])("%s: through gzip", (name, feature, kind) => {
    const examples = examplesOf(gunzipSync(read(name)));
    expect(examples.length).toBeGreaterThan(0);
    expect(examples.map((example) => example.get(feature)?.kind ?? "absent")).toContain(kind);
    for (const example of examples) expect(decodeExample(encodeExample(example))).toEqual(example);
  });

  it.each([
    ["csv_eval_data_tfrecord-00000-of-00012.gz", 100_000],
    ["penguin_train-00000-of-00001.gz", 7],
    ["tfjs_next_page.tfrecord.gz", 1],
  ])("%s: decompressed by the stream, in chunks of %i bytes", async (name, highWaterMark) => {
    const expected = [...decodeRecords(gunzipSync(read(name)))];
    const found = [];
    for await (const record of decodeRecordStream(createReadStream(join(folder, name), { highWaterMark }))) {
      found.push(record);
    }
    expect(found.map(({ offset }) => offset)).toEqual(expected.map(({ offset }) => offset));
    expect(found.map((record) => Buffer.from(record.data))).toEqual(expected.map((record) => Buffer.from(record.data)));
    expect(new Set(found.map(({ compression }) => compression))).toEqual(new Set(["gzip"]));
  });

  it("what is none is named, with a hint", () => {
    const whole = (name: string) => () => [...decodeRecords(read(name), { source: name })];
    expect(whole("not-a-tfrecord.tfrecord")).toThrow(
      /^not-a-tfrecord\.tfrecord: record 0 \(at byte 0\): the length's checksum differs: .*\n {2}hint: .* Git LFS pointer/,
    );
    expect(whole("tfjs_next_page.tfrecord.gz")).toThrow(
      /hint: it looks compressed with gzip, which decodeRecordStream/,
    );
  });
});
