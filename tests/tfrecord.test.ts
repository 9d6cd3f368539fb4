// `tessera tfrecord`, as a person uses it: the built command in a process of its own.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { bytesFeature, encodeExample, encodeRecord, floatFeature, int64Feature } from "@tessera/tfrecord";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");
const command = join(root, "packages/cli/bin/tessera.js");
const folder = mkdtempSync(join(tmpdir(), "tessera-tfrecord-cli-"));

const data = process.env.TESSERA_DATA ?? resolve(root, "../shared/data");
const absent = !existsSync(join(data, "tfrecords"));
if (absent) console.warn(`SKIPPED: tessera tfrecord on TensorFlow's own files: no ${data}/tfrecords; see TESSERA_DATA`);

function tfrecord(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, "tfrecord", ...args], {
    cwd: folder,
    encoding: "utf8",
  });
  return { code: status, out: stdout, err: stderr };
}

const examples = Array.from({ length: 6 }, (_, i) =>
  encodeExample({
    label: int64Feature([i % 2]),
    id: int64Feature([2n ** 60n + BigInt(i)]),
    image_raw: bytesFeature(Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, i)),
    name: bytesFeature(`image ${i}`),
    box: floatFeature([0.5, i]),
  }),
);
const frames = examples.map(encodeRecord);
const file = Buffer.concat(frames);
const size = frames[0]!.length;

beforeAll(() => {
  if (!existsSync(join(root, "packages/cli/dist/main.js"))) throw new Error("the command is not built: npm run build");
  writeFileSync(join(folder, "whole.tfrecord"), file);
  writeFileSync(join(folder, "whole.tfrecord.gz"), gzipSync(file));
  const damaged = Buffer.from(file);
  damaged[size + 20]! ^= 1;
  writeFileSync(join(folder, "damaged.tfrecord"), damaged);
  writeFileSync(join(folder, "cut.tfrecord"), file.subarray(0, 3 * size + 7));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("tessera tfrecord verify", () => {
  it("prints counts, bytes and compression", () => {
    const { code, out, err } = tfrecord("verify", "whole.tfrecord", "whole.tfrecord.gz");
    expect(err).toBe("");
    const dataBytes = 6 * (size - 16);
    const zipped = readFileSync(join(folder, "whole.tfrecord.gz")).length;
    expect(out.split("\n")).toEqual([
      `whole.tfrecord: 6 records, ${6 * size} bytes, ${dataBytes} of data, not compressed; every checksum holds`,
      `whole.tfrecord.gz: 6 records, ${zipped} bytes, ${dataBytes} of data, gzip; every checksum holds`,
      `2 files: 12 records, ${6 * size + zipped} bytes; all whole`,
      "",
    ]);
    expect(code).toBe(0);
  });

  it("names the record that is damaged, looks at the other files, and fails", () => {
    const { code, out, err } = tfrecord("verify", "damaged.tfrecord", "cut.tfrecord", "no.tfrecord", "whole.*");
    expect(code).toBe(1);
    expect(err.split("\n")).toEqual([
      expect.stringMatching(
        new RegExp(
          `^tessera: damaged.tfrecord: record 1 \\(at byte ${size}\\): the data's checksum differs: expected 0x\\w{8}, got 0x\\w{8}$`,
        ),
      ),
      `tessera: cut.tfrecord: record 3 (at byte ${3 * size}): truncated: expected 12 bytes of header, have 7`,
      "tessera: no.tfrecord: no such file or folder",
      "",
    ]);
    expect(out).toMatch(/^whole\.tfrecord: 6 records/m);
    expect(out).toMatch(/^5 files: 12 records, \d+ bytes; 3 damaged$/m);
  });

  it("goes on behind damage, says what is lost, and fails all the same", () => {
    const { code, out, err } = tfrecord("verify", "--recover", "damaged.tfrecord");
    expect(code).toBe(1);
    expect(err).toMatch(
      `tessera: damaged.tfrecord: lost bytes ${size} to ${2 * size - 1}, about 1 record from record 1: the data's checksum`,
    );
    expect(out).toContain("damaged.tfrecord: 5 records, ");
    expect(out).toContain("; 1 damage, about 1 record lost");
  });

  it("says which file of a set is missing, unless gaps are allowed", () => {
    for (const i of [0, 2]) writeFileSync(join(folder, `set-0000${i}-of-00003`), file);
    const { code, out, err } = tfrecord("verify", "set-*-of-00003");
    expect(out).toMatch(/2 files: 12 records/);
    expect(err).toMatch(/set-00000-of-00003: its set lacks number 1 of 3/);
    expect(code).toBe(1);
    expect(tfrecord("verify", "set-*-of-00003", "--allow-gaps")).toMatchObject({ code: 0, err: "" });
    expect(tfrecord("verify", "set-00002-of-00003")).toMatchObject({ code: 0, err: "" });
  });

  it("prints the same as JSON", () => {
    const { code, out } = tfrecord("verify", "--json", "whole.tfrecord.gz", "cut.tfrecord");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject([
      { path: "whole.tfrecord.gz", ok: true, records: 6, compression: "gzip" },
      { path: "cut.tfrecord", ok: false, error: expect.stringContaining("cut.tfrecord: record 3") },
    ]);
    const recovered = JSON.parse(tfrecord("verify", "--json", "--recover", "cut.tfrecord").out);
    expect(recovered).toMatchObject([
      { ok: false, records: 3, losses: [{ record: 3, offset: 3 * size, end: 3 * size + 7 }] },
    ]);
  });

  it.each([1, 11, 12, 15, 40])("of a file cut at byte %i fails with file and offset", (length) => {
    writeFileSync(join(folder, "short.tfrecord"), file.subarray(0, length));
    const { code, err } = tfrecord("verify", "short.tfrecord");
    expect(err).toMatch(/^tessera: short\.tfrecord: record 0 \(at byte 0\): truncated: expected \d+ bytes/);
    expect(code).toBe(1);
  });

  it("says what is no TFRecord file", () => {
    const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n";
    writeFileSync(join(folder, "pointer.tfrecord"), pointer);
    const { code, err } = tfrecord("verify", "pointer.tfrecord");
    expect(err).toMatch(/^tessera: pointer\.tfrecord: record 0 \(at byte 0\): .*\n {2}hint: .*Git LFS pointer.*\n$/);
    expect(code).toBe(1);
  });
});

describe("tessera tfrecord inspect", () => {
  it("prints features, their kinds and lengths, and how often each label comes", () => {
    const { code, out, err } = tfrecord("inspect", "whole.tfrecord", "whole.tfrecord.gz");
    expect([err, code]).toEqual(["", 0]);
    expect(out).toContain(`2 files: 12 records, ${12 * (size - 16)} bytes of data\n`);
    expect(out).toMatch(/^ {2}box {8}float, 2 values, from 0 to 5$/m);
    expect(out).toMatch(/^ {2}image_raw {2}bytes, 1 value, of 5 bytes$/m);
    expect(out).toMatch(/^ {2}label {6}int64, 1 value, from 0 to 1$/m);
    expect(out).toMatch(/^label: records of each value\n {2}0 {2}6 {2}#{40}\n {2}1 {2}6 {2}#{40}$/m);
  });

  it("prints the same as JSON, of the first records only if asked", () => {
    const { out } = tfrecord("inspect", "whole.tfrecord", "--json", "-n", "3");
    const summary = JSON.parse(out);
    expect(summary).toMatchObject({ files: ["whole.tfrecord"], records: 3 });
    const label = summary.features.find(({ name }: { name: string }) => name === "label");
    expect(label).toMatchObject({
      kinds: { int64: 3 },
      lengths: { min: 1, max: 1 },
      histogram: [
        [0, 2],
        [1, 1],
      ],
    });
  });
});

describe("tessera tfrecord head", () => {
  it("prints the first records", () => {
    const { code, out } = tfrecord("head", "whole.tfrecord.gz", "-n", "2");
    expect(code).toBe(0);
    expect(out.split("\n")).toEqual([
      `record 0, at byte 0, ${size - 16} bytes`,
      "  box        float (2 values)  0.5, 0",
      "  id         int64  1152921504606846976",
      "  image_raw  bytes  5 bytes: ff d8 ff e0 00",
      "  label      int64  0",
      '  name       bytes  "image 0"',
      `record 1, at byte ${size}, ${size - 16} bytes`,
      expect.stringContaining("0.5, 1"),
      ...Array(4).fill(expect.any(String)),
      "",
    ]);
  });

  it("prints every value as JSON", () => {
    const [record] = JSON.parse(tfrecord("head", "whole.tfrecord", "-n", "1", "--json").out);
    expect(record).toMatchObject({
      record: 0,
      features: {
        id: { kind: "int64", values: ["1152921504606846976"] },
        image_raw: { kind: "bytes", values: ["/9j/4AA="] },
        box: { kind: "float", values: [0.5, 0] },
      },
    });
  });
});

describe("tessera tfrecord index", () => {
  it("writes an index as DALI's tfrecord2idx does", () => {
    const { code, out } = tfrecord("index", "whole.tfrecord");
    expect([code, out]).toEqual([0, "whole.tfrecord.idx: 6 records\n"]);
    const lines = frames.map((_, i) => `${i * size} ${size}\n`).join("");
    expect(readFileSync(join(folder, "whole.tfrecord.idx"), "utf8")).toBe(lines);
    const { out: json } = tfrecord("index", "whole.tfrecord", "--out", "other.idx", "--json");
    expect(JSON.parse(json)).toEqual([{ path: "whole.tfrecord", index: "other.idx", records: 6 }]);
  });

  it("refuses what is compressed or damaged, and writes nothing", () => {
    for (const name of ["whole.tfrecord.gz", "damaged.tfrecord"]) {
      const { code, err } = tfrecord("index", name);
      expect(err).toMatch(new RegExp(`^tessera: ${name}: (expected an uncompressed file, got gzip|record 1 )`));
      expect(code).toBe(1);
      expect(existsSync(join(folder, `${name}.idx`))).toBe(false);
    }
  });
});

describe("bad usage", () => {
  it.each([
    [["verify"], /missing required argument 'files'/],
    [["head", "a", "-n", "0"], /'0' is invalid/],
    [["index", "a", "b", "--out", "c"], /'--out <path>' needs a single file, got 2/],
    [["inspect", "a", "--bad"], /unknown option '--bad'/],
    [["unknown"], /unknown command 'unknown'/],
  ])("%j is exit code 2", (args, message) => {
    const { code, err } = tfrecord(...args);
    expect(err).toMatch(message);
    expect(code).toBe(2);
  });
});

describe.skipIf(absent)("TensorFlow's files", () => {
  it("are counted, and what is none is named", () => {
    const { code, out, err } = tfrecord(
      "verify",
      join(data, "tfrecords", "*tfrecord*"),
      join(data, "tfrecords", "penguin*"),
    );
    expect(out).toMatch(
      /mnist\.tfrecord: 1000 records, 3203000 bytes, 3187000 of data, not compressed; every checksum/,
    );
    expect(out).toMatch(/csv_eval_data_tfrecord-00000-of-00012\.gz: 424 records, .* gzip; every checksum holds/);
    expect(out).toMatch(/penguin_train-00000-of-00001\.gz: 234 records, .* gzip; every checksum holds/);
    expect(out).toMatch(/tfjs_next_page\.tfrecord\.gz: 100 records, .* gzip; every checksum holds/);
    expect(err).toMatch(/not-a-tfrecord\.tfrecord: record 0 \(at byte 0\): .*\n {2}hint: .*Git LFS pointer/);
    expect(code).toBe(1);
  });
});
