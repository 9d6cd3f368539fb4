// From class folders to shards. The workers run from the build.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { decodeExample, decodeRecords } from "@tessera/tfrecord";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { folderContents } from "../../fixtures/folder-contents.ts";
import { writeImageFolder } from "../../fixtures/image-folder.ts";
import { decodeImage } from "../image/decode-image.ts";
import { encodeJpeg } from "../image/encode-jpeg.ts";
import { processImage } from "../image/process-image.ts";
import { compareImageQualities } from "./compare-qualities.ts";
import { type PreprocessConfigInput, parsePreprocessConfig } from "./config.ts";
import { createTfRecord, masterTfWrite } from "./create-tf-record.ts";
import { makeLabelMap } from "./make-label-map.ts";
import { mergePreprocessed, preprocess } from "./preprocess.ts";

const folder = mkdtempSync(join(tmpdir(), "tessera-preprocess-"));
const images = join(folder, "images");
const labels = { crane: 1, pug: 0, Persian_cat: 2 };
let paths: string[];

beforeAll(async () => {
  paths = await writeImageFolder(images, { val: 30, train: 75 });
  writeFileSync(join(folder, "labels.json"), JSON.stringify(labels));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let runs = 0;
/** A config that writes to a folder of its own. */
function config(changes: Partial<PreprocessConfigInput> = {}) {
  const record_path = join(folder, `records-${runs++}`);
  return parsePreprocessConfig({
    ...{ label_map: join(folder, "labels.json"), image_folder: images, record_path, batch: ["val", "train"] },
    ...{ split_number: 32, crop_size: 24, workers: 2 },
    ...changes,
  });
}

function records(path: string) {
  const bytes = readFileSync(path);
  const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
  return [...decodeRecords(new Uint8Array(plain), { source: path })].map(({ data }) => {
    const example = decodeExample(data);
    const [label, image] = [example.get("label"), example.get("image_raw")];
    if (label?.kind !== "int64" || image?.kind !== "bytes") throw new Error(`${path}: a record without label or image`);
    return { names: [...example.keys()], label: [...label.values].map(Number), image: image.values[0]! };
  });
}

const read = (path: string) => decodeImage(new Uint8Array(readFileSync(join(images, path))), { truncated: "decode" });

describe("preprocess", () => {
  it("stores every image once, as processImage and encodeJpeg make it, with its label", async () => {
    const settings = config();
    const done = await preprocess(settings);
    expect(done).toMatchObject({ shards: 4, shardsBefore: 0, records: 105, failed: [], warnings: [] });
    const names = ["val/val-0", "train/train-0", "train/train-1", "train/train-2"];
    const shards = names.map((name) => records(join(settings.record_path, `${name}.tfrecord`)));
    expect(shards.map(({ length }) => length)).toEqual([30, 32, 32, 11]);
    const expected = new Map<string, number>();
    for (const path of paths) {
      const file = await encodeJpeg(processImage(await read(path), 24), 90);
      expected.set(Buffer.from(file).toString("base64"), labels[path.split("/").at(-2) as keyof typeof labels]);
    }
    const got = new Map(shards.flat().map(({ label, image }) => [Buffer.from(image).toString("base64"), label[0]!]));
    expect(got).toEqual(expected);
    expect(shards[0]![0]!.names).toEqual(["image_raw", "label"]);
  });

  it("makes the same bytes with any number of workers, alone or as many processes, and other ones by another seed", async () => {
    const [one, three, shared, other] = [config({ workers: 1 }), config({ workers: 3 }), config(), config({ seed: 1 })];
    await preprocess(one);
    await preprocess(three);
    for (const shardIndex of [2, 0, 1]) {
      const part = await preprocess(shared, { shardIndex, shardCount: 3 });
      expect(part.manifest).toBeUndefined();
      if (shardIndex === 0)
        await expect(mergePreprocessed(shared)).rejects.toThrow(/1 of 4 shards are not done: .*train-0/);
    }
    await mergePreprocessed(shared);
    await preprocess(other);
    expect(folderContents(three.record_path)).toEqual(folderContents(one.record_path));
    expect(folderContents(shared.record_path)).toEqual(folderContents(one.record_path));
    expect(folderContents(other.record_path).get("train/train-0.tfrecord")).not.toBe(
      folderContents(one.record_path).get("train/train-0.tfrecord"),
    );
  });

  it("many processes may begin at once", async () => {
    const settings = config({ batch: ["val"], split_number: 5 });
    await Promise.all([0, 1, 2, 3].map((shardIndex) => preprocess(settings, { shardIndex, shardCount: 4 })));
    expect(await mergePreprocessed(settings)).toMatchObject({ splits: { val: { records: 30 } } });
  });

  it("keeps finished shards and makes those that are missing, to the same bytes", async () => {
    const settings = config({ tf_record_compression: "GZIP" });
    await preprocess(settings);
    const before = folderContents(settings.record_path);
    const at = (name: string) => join(settings.record_path, name);
    const kept = statSync(at("train/train-0.tfrecord")).mtimeMs;
    rmSync(at("train/train-1.stats.json"));
    writeFileSync(at("train/train-2.tfrecord"), "cut short");
    rmSync(at("manifest.json"));
    writeFileSync(at("train/train-1.tfrecord.1.tmp"), "of a process that was killed");
    expect(await preprocess(settings)).toMatchObject({ shards: 4, shardsBefore: 2, records: 105 });
    expect(folderContents(settings.record_path)).toEqual(before);
    expect(statSync(at("train/train-0.tfrecord")).mtimeMs).toBe(kept);
  });

  it("makes a shard again whose images have changed, and no other", async () => {
    const own = join(folder, "changing");
    await writeImageFolder(own, { val: 30 });
    const settings = config({ image_folder: own, batch: ["val"], split_number: 15 });
    await preprocess(settings);
    const at = (i: number) => join(settings.record_path, "val", `val-${i}.tfrecord`);
    const before = [readFileSync(at(0)), readFileSync(at(1))];
    const changed = join(own, "val/pug/1.JPEG");
    copyFileSync(join(images, "val/crane/0.JPEG"), changed);
    expect(await preprocess(settings)).toMatchObject({ shards: 2, shardsBefore: 1, records: 30 });
    const same = [0, 1].map((i) => readFileSync(at(i)).equals(before[i]!));
    expect(same.sort()).toEqual([false, true]);
  });

  it("refuses a folder of another config, naming what differs, unless it may begin anew", async () => {
    const settings = config();
    await preprocess(settings);
    const other = { ...settings, image_quality: 70, codec: "js" as const };
    await expect(preprocess(other)).rejects.toThrow(
      /run\.json: the records there are of another config: image_quality was 90 and is 70; codec was .*"sharp".* and is .*"jpeg-js"/,
    );
    expect(await preprocess({ ...settings, image_quality: 70 }, { resume: false })).toMatchObject({ shardsBefore: 0 });
  });

  it("stores raw bytes, float32 without the mean, and one-hot labels", async () => {
    writeFileSync(join(folder, "one-hot.json"), '{"pug": [1,0,0], "crane": [0,1,0], "Persian_cat": [0,0,1]}');
    writeFileSync(join(folder, "rgb.json"), '{"R": 120.25, "G": 110.5, "B": 100}');
    const label_map = join(folder, "one-hot.json");
    const raw = config({ storage: "raw", batch: ["val"], label_map });
    const float = config({ storage: "float32", batch: ["val"], label_map, meanRgb: join(folder, "rgb.json") });
    await preprocess(raw);
    await preprocess(float);
    const bytes = records(join(raw.record_path, "val/val-0.tfrecord"));
    const floats = records(join(float.record_path, "val/val-0.tfrecord"));
    expect(bytes[0]!.image.length).toBe(24 * 24 * 3);
    expect(bytes.map(({ label }) => label.join()).sort()).toEqual([
      ...Array(10).fill("0,0,1"),
      ...Array(10).fill("0,1,0"),
      ...Array(10).fill("1,0,0"),
    ]);
    const values = new Float32Array(floats[0]!.image.slice().buffer);
    expect([...values]).toEqual(
      Array.from(bytes[0]!.image, (value, i) => Math.fround(value - [120.25, 110.5, 100][i % 3]!)),
    );
  });

  it("writes a manifest, and what TensorFlow Datasets wants", async () => {
    const settings = config();
    const { manifest } = await preprocess(settings);
    const at = (name: string) => join(settings.record_path, name);
    expect(JSON.parse(readFileSync(at("manifest.json"), "utf8"))).toEqual(manifest);
    expect(manifest!.splits.train).toMatchObject({
      images: 75,
      records: 75,
      classes: { pug: 25, crane: 25, Persian_cat: 25 },
      failed: [],
    });
    const info = JSON.parse(readFileSync(at("tfds/1.0.0/dataset_info.json"), "utf8"));
    expect(info.splits[1]).toMatchObject({ name: "train", shardLengths: ["32", "32", "11"] });
    expect(readFileSync(at("tfds/1.0.0/tessera-train.tfrecord-00002-of-00003"))).toEqual(
      readFileSync(at("train/train-2.tfrecord")),
    );
    expect(readFileSync(at("tfds/1.0.0/label.labels.txt"), "utf8")).toBe("pug\ncrane\nPersian_cat\n");
    expect(existsSync(at("tfds/1.0.0/features.json"))).toBe(true);
    const packed = config({ tf_record_compression: "GZIP", batch: ["val"] });
    await preprocess(packed);
    expect(existsSync(join(packed.record_path, "tfds"))).toBe(false);
  });

  it("says what is missing before it begins", async () => {
    const few = join(folder, "few.json");
    writeFileSync(few, '{"pug": 0}');
    await expect(preprocess(config({ label_map: few }))).rejects.toThrow(
      /val: classes that the label map does not have: Persian_cat, crane/,
    );
    await expect(preprocess(config({ label_map: "no.json" }))).rejects.toThrow(
      /^no\.json: the label map cannot be read \(ENOENT\)/,
    );
    await expect(preprocess(config({ image_type: "png" }))).rejects.toThrow(/val: no image: expected <class>\/\*\.png/);
    await expect(preprocess(config({ batch: ["test"] }))).rejects.toThrow(/test: cannot be listed \(ENOENT\)/);
    await expect(preprocess(config(), { shardIndex: 3, shardCount: 3 })).rejects.toThrow(
      "shardIndex: expected an integer from 0 to 2",
    );
  });

  it("stops by a signal without leaving a part", async () => {
    const settings = config({ workers: 1 });
    const stop = new AbortController();
    const running = preprocess(settings, {
      signal: stop.signal,
      onProgress: ({ images: { done } }) => done > 40 && stop.abort(),
    });
    await expect(running).rejects.toThrow(/abort/i);
    const left = [...folderContents(settings.record_path).keys()];
    expect(left.filter((name) => name.endsWith(".tmp"))).toEqual([]);
    expect(left).toContain("val/val-0.stats.json");
    expect(await preprocess(settings)).toMatchObject({ shardsBefore: 1, records: 105 });
  });
});

describe("images that cannot be used", () => {
  const set = join(folder, "bad");
  const hugeHeader = () => {
    const file = readFileSync(join(images, "val/crane/0.JPEG"));
    const frame = file.indexOf(Buffer.of(0xff, 0xc0));
    return Buffer.from(file).fill(0xff, frame + 5, frame + 9);
  };
  const bad: Record<string, () => Buffer> = {
    "crane/empty.JPEG": () => Buffer.alloc(0),
    "crane/text.JPEG": () => Buffer.from("not an image\n"),
    "pug/huge.JPEG": hugeHeader,
    "pug/header.JPEG": () => readFileSync(join(images, "val/crane/0.JPEG")).subarray(0, 100),
  };

  beforeAll(async () => {
    await writeImageFolder(set, { val: 40 });
    for (const [path, bytes] of Object.entries(bad)) writeFileSync(join(set, "val", path), bytes());
    mkdirSync(join(set, "val/pug/folder.JPEG"));
  });

  const expected = [
    expect.stringContaining("crane/empty.JPEG: expected a PNG or JPEG image, found an empty file"),
    expect.stringContaining('crane/text.JPEG: expected a PNG or JPEG image, found text ("not an image\\n")'),
    expect.stringContaining("pug/folder.JPEG: expected a file"),
    expect.stringContaining("pug/header.JPEG: cannot decode this JPEG: it ends before its size is told"),
    expect.stringContaining("pug/huge.JPEG: this JPEG claims to have 65535×65535 pixels"),
  ];

  it("are named with their reasons, and the others are there", async () => {
    const settings = config({ image_folder: set, batch: ["val"], split_number: 20 });
    const { records: stored, failed, manifest } = await preprocess(settings);
    expect(stored).toBe(40);
    expect(failed.map(({ reason }) => reason).sort()).toEqual(expected);
    expect(manifest!.splits.val).toMatchObject({ images: 45, records: 40 });
    expect(manifest!.splits.val!.failed).toHaveLength(5);
    const shards = [0, 1, 2].map((i) => records(join(settings.record_path, `val/val-${i}.tfrecord`)));
    expect(shards.flat()).toHaveLength(40);
  });

  it("are copied aside by quarantine", async () => {
    const settings = config({ image_folder: set, batch: ["val"], onError: "quarantine" });
    await preprocess(settings);
    const aside = folderContents(join(settings.record_path, "quarantine", "val"));
    expect([...aside.keys()]).toEqual(Object.keys(bad).sort());
    expect(aside.get("pug/huge.JPEG")).toBe(hugeHeader().toString("base64"));
  });

  it("stop the run where they may not be, and nothing half is left", async () => {
    const settings = config({ image_folder: set, batch: ["val"], onError: "fail" });
    await expect(preprocess(settings)).rejects.toThrow(/\.JPEG: .*\n {2}hint: "onError": "skip" goes on/);
    expect([...folderContents(settings.record_path).keys()]).toEqual(["run.json"]);
    // That changes no byte of a shard, so that the run may go on.
    expect(await preprocess({ ...settings, onError: "skip", maxErrors: 5 })).toMatchObject({ records: 40 });
    await expect(preprocess(config({ image_folder: set, batch: ["val"], maxErrors: 4 }))).rejects.toThrow(
      /^more than maxErrors = 4 images could not be used; the last: /,
    );
  });

  it("are tried again by retryFailed, once somebody has mended them", async () => {
    const settings = config({ image_folder: set, batch: ["val"], split_number: 20 });
    await preprocess(settings);
    for (const path of Object.keys(bad)) copyFileSync(join(images, "val/pug/1.JPEG"), join(set, "val", path));
    expect(await preprocess(settings)).toMatchObject({ records: 40 });
    expect(await preprocess(settings, { retryFailed: true })).toMatchObject({ records: 44, failed: [{}] });
  });
});

describe("the functions of the older program", () => {
  it("write an empty file for no images, and leave no part", async () => {
    const path = join(folder, "empty/none.tfrecord");
    expect(await masterTfWrite([[]], [path], 24, 90, labels, null, { workers: 1 })).toEqual([]);
    expect(readdirSync(join(folder, "empty"))).toEqual(["none.tfrecord"]);
    expect(statSync(path).size).toBe(0);
  });

  it("write {recordPath}{identifier}-{i}.tfrecord, print what they do, and leave out what fails", async () => {
    const recordPath = join(folder, "older/val/");
    const printed: string[] = [];
    const pattern = join(images, "val/*/*.JPEG");
    const print = (line: string) => printed.push(line);
    const failed = await createTfRecord(pattern, recordPath, "val", labels, 24, 20, 90, "GZIP", { print, workers: 1 });
    expect(failed).toEqual([]);
    expect(printed).toEqual(["creating val records"]);
    expect(readdirSync(recordPath)).toEqual(["val-0.tfrecord", "val-1.tfrecord"]);
    expect(records(join(recordPath, "val-1.tfrecord"))).toHaveLength(10);
    writeFileSync(join(images, "val/pug/broken.JPEG"), "no");
    await createTfRecord(pattern, recordPath, "val", labels, 24, 40, 90, null, { print, workers: 1 });
    rmSync(join(images, "val/pug/broken.JPEG"));
    expect(printed.at(-1)).toBe(`Error processing ${join(images, "val/pug/broken.JPEG")}`);
    await expect(createTfRecord(pattern, recordPath, "val", labels, 24, 0)).rejects.toThrow(
      "createTfRecord: splitNumber: expected an integer ≥ 1, got 0",
    );
    await expect(createTfRecord(pattern, recordPath, "val", { pug: 0 }, 24, 40)).rejects.toThrow(
      "does not have: Persian_cat, crane",
    );
  });
});

it("compareImageQualities: less quality, fewer bytes, more error", async () => {
  const {
    images: count,
    qualities,
    sourceBytes,
  } = await compareImageQualities(config(), { sample: 20, qualities: [70, 90] });
  expect(count).toBe(20);
  const [low, high] = qualities;
  expect(low!.bytes).toBeLessThan(high!.bytes);
  expect(low!.psnr).toBeLessThan(high!.psnr);
  expect(high!.ofSource).toBeCloseTo(high!.bytes / sourceBytes, 12);
});

it("a link to a file is no class, one to a folder is", async () => {
  const linked = join(folder, "linked");
  mkdirSync(linked);
  symlinkSync(join(folder, "labels.json"), join(linked, "notes"));
  symlinkSync(join(images, "val/pug"), join(linked, "pug"));
  expect(await makeLabelMap(linked)).toEqual({ pug: 0 });
});

it("compareImageQualities refuses qualities that no JPEG has, and a sample of nothing but bad images", async () => {
  await expect(compareImageQualities(config(), { qualities: [70, 500] })).rejects.toThrow(
    "compareImageQualities: qualities: expected an integer from 1 to 100, got 500",
  );
  const image_folder = join(folder, "nothing-good");
  mkdirSync(join(image_folder, "val/pug"), { recursive: true });
  writeFileSync(join(image_folder, "val/pug/1.JPEG"), "no image");
  await expect(compareImageQualities(config({ image_folder, batch: ["val"] }))).rejects.toThrow(
    /^no image could be used; the first: .*pug\/1\.JPEG: expected a PNG or JPEG image/,
  );
});
