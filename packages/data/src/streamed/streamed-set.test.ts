// Images on disk as batches: exactly-once, pure in seed and epoch, the same when resumed, and errors that name the record.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { bytesFeature, encodeExample, encodeRecord, int64Feature } from "@tessera/tfrecord";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pattern, writeImageFolder } from "../../fixtures/image-folder.ts";
import { decodeImage } from "../image/decode-image.ts";
import { encodeJpeg } from "../image/encode-jpeg.ts";
import { processImage } from "../image/process-image.ts";
import { cropDrawn, drawCrop } from "./crop-draw.ts";
import { hashShards } from "./hash-shards.ts";
import { principalColours } from "./principal-colours.ts";
import { openPhotoSet, openRecordSet, type StreamedBatch, type StreamedSet } from "./streamed-set.ts";

const folder = mkdtempSync(join(tmpdir(), "tessera-streamed-"));
const path = (...names: string[]) => join(folder, ...names);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A record whose pixels say which it is, and where they are: the first is its number, others rise to the right and down. */
async function numbered(number: number, label: readonly number[], side = 24): Promise<Uint8Array> {
  const pixels = Uint8Array.from({ length: side * side * 3 }, (_, i) => {
    const [row, column] = [Math.floor(i / (side * 3)), Math.floor(i / 3) % side];
    return number + 2 * row + column;
  });
  return record({ image_raw: await encodeJpeg({ pixels, height: side, width: side }, 95) }, label);
}

function record(features: Record<string, Uint8Array>, label: readonly number[]): Uint8Array {
  const named = Object.entries(features).map(([name, bytes]) => [name, bytesFeature(bytes)] as const);
  return encodeRecord(encodeExample({ ...Object.fromEntries(named), label: int64Feature(label) }));
}

/** 3 shards of 11 records; the label is the number modulo 5. */
async function writeShards(name: string, { gzip = false, oneHot = false } = {}): Promise<string> {
  mkdirSync(path(name), { recursive: true });
  for (let shard = 0; shard < 3; shard++) {
    const frames: Uint8Array[] = [];
    for (let i = 0; i < 11; i++) {
      const number = shard * 11 + i;
      const label = oneHot ? [0, 1, 2, 3, 4].map((each) => Number(each === number % 5)) : [number % 5];
      frames.push(await numbered(5 * number, label));
    }
    const bytes = Buffer.concat(frames);
    writeFileSync(path(name, `train-${shard}.tfrecord`), gzip ? gzipSync(bytes) : bytes);
  }
  return path(name, "train-*");
}

/** Which images batches have, by their first pixels. */
const numbersOf = ({ images, shape: [count, height, width] }: StreamedBatch) =>
  Array.from({ length: count }, (_, i) => Math.round(images[i * height * width * 3]! / 5));

async function take(batches: AsyncIterable<StreamedBatch>): Promise<StreamedBatch[]> {
  const all: StreamedBatch[] = [];
  for await (const batch of batches) all.push(batch);
  return all;
}

/** The whole batch that parts are of; those without an image of their own count for nothing. */
function joined(parts: readonly StreamedBatch[]): StreamedBatch {
  const own = parts.filter(({ part }) => !part!.idle);
  let first = 0;
  for (const { part, shape } of own) {
    expect(part).toEqual({ first, total: parts[0]!.part!.total, idle: false });
    first += shape[0];
  }
  for (const { part, shape } of parts) if (part!.idle) expect(shape[0]).toBe(1);
  const [{ shape }] = own as [StreamedBatch];
  return {
    images: Uint8Array.from(own.flatMap(({ images }) => [...images])),
    labels: Int32Array.from(own.flatMap(({ labels }) => [...labels])),
    ...{ labelShape: [first], shape: [first, shape[1], shape[2], shape[3]] },
  };
}

const labelMap = path("labels.json");
const sets: StreamedSet[] = [];
async function open(...args: Parameters<typeof openRecordSet>): Promise<StreamedSet> {
  const set = await openRecordSet(args[0], { labelMap, workers: 2, ...args[1] });
  sets.push(set);
  return set;
}

beforeAll(() => writeFileSync(labelMap, JSON.stringify({ a: 0, b: 1, c: 2, d: 3, e: 4 })));
afterAll(async () => {
  for (const set of sets) await set.close();
});

describe.each([
  ["uncompressed", false],
  ["gzip", true],
])("shards, %s", (name, gzip) => {
  let set: StreamedSet;
  beforeAll(async () => {
    set = await open(await writeShards(name, { gzip }));
  });
  const options = { batchSize: 8, shuffle: true, seed: 3 } as const;

  it("gives every image once an epoch, with its label, and another order in each", async () => {
    expect(set).toMatchObject({ count: 33, shape: [24, 24, 3], oneHot: false, classNames: ["a", "b", "c", "d", "e"] });
    const orders = [];
    for (const epoch of [0, 1]) {
      const batches = set.batches({ ...options, epoch });
      expect(batches.stepsPerEpoch).toBe(5);
      const all = await take(batches);
      expect(all.map(({ shape }) => shape[0])).toEqual([8, 8, 8, 8, 1]);
      const order = all.flatMap(numbersOf);
      expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 33 }, (_, i) => i));
      expect(all.flatMap(({ labels }) => [...labels])).toEqual(order.map((number) => number % 5));
      orders.push(order);
    }
    expect(orders[0]).not.toEqual(orders[1]);
    expect(orders[0]).not.toEqual([...orders[0]!].sort((a, b) => a - b));
  });

  it("goes on in the middle of an epoch with the very same batches, whoever decodes them", async () => {
    const varied = { ...options, epoch: 4, crop: "random", flip: 0.5 } as const;
    const cropped = await open(path(name, "train-*"), { crop: 20, workers: 1 });
    const whole = await take(cropped.batches(varied));
    expect(await take(cropped.batches({ ...varied, start: 3 }))).toEqual(whole.slice(3));
    const other = await open(path(name, "train-*"), { crop: 20, workers: 3 });
    expect(await take(other.batches(varied))).toEqual(whole);
    expect(whole[0]!.shape).toEqual([8, 20, 20, 3]);
    // Two walks at once, one of them left early.
    const [all] = await Promise.all([take(cropped.batches(varied)), cropped.sample(5, 1)]);
    expect(all).toEqual(whole);
  });

  it("is shared by any number of processes, each image read by one of them, as one process would see it", async () => {
    const varied = { seed: 3, epoch: 2, crop: "random", flip: 0.5 } as const;
    const cropped = await open(path(name, "train-*"), { crop: 20 });
    // Last batches of 1 image, where there are more processes, and of 3.
    for (const [shuffle, batchSize, sizes] of [
      [true, 8, [1, 2, 3, 4]],
      [false, 10, [4]],
    ] as const) {
      const options = { ...varied, shuffle, batchSize };
      const whole = await take(cropped.batches(options));
      for (const size of sizes) {
        const ranks: StreamedBatch[][] = [];
        for (let rank = 0; rank < size; rank++) {
          const share = { rank, size };
          const parts = await take(cropped.batches({ ...options, share }));
          expect(await take(cropped.batches({ ...options, share, start: 1 }))).toEqual(parts.slice(1));
          ranks.push(parts);
        }
        expect(ranks.map((parts) => parts.length)).toEqual(ranks.map(() => whole.length));
        expect(whole.map((_, i) => joined(ranks.map((parts) => parts[i]!)))).toEqual(whole);
      }
    }
  });

  it("refuses a share that cannot be", () => {
    expect(() => set.batches({ share: { rank: 2, size: 2 } })).toThrow(
      "batches: share.rank: expected an integer from 0 to 1, got 2",
    );
    expect(() => set.batches({ share: { rank: 0, size: 0 } })).toThrow("batches: share.size: expected an integer");
  });

  it("reads in order where nothing is shuffled", async () => {
    expect((await take(set.batches({ batchSize: 33 }))).flatMap(numbersOf)).toEqual(
      Array.from({ length: 33 }, (_, i) => i),
    );
  });
});

describe("what is in a record", () => {
  it("is the crop of the image that decodeImage gives", async () => {
    const image = pattern(40, 40, 3);
    const jpeg = await encodeJpeg(image, 95);
    writeFileSync(path("one.tfrecord"), record({ image_raw: jpeg }, [2]));
    const set = await open(path("one.tfrecord"), { crop: 31 });
    const decoded = await decodeImage(jpeg);
    const plain = { pixels: decoded.pixels, shape: [40, 40, 3] as const };
    const [centre] = await take(set.batches());
    expect(centre!.images).toEqual(cropDrawn(plain, 31, { place: null, mirrored: false }));
    const epochs = Array.from({ length: 40 }, (_, epoch) => epoch);
    const seen = new Set<string>();
    for (const epoch of epochs) {
      const [batch] = await take(set.batches({ epoch, seed: 7, crop: "random", flip: 0.5 }));
      const draw = drawCrop({ crop: "random", flip: 0.5 }, 7, epoch, 0);
      expect(batch!.images).toEqual(cropDrawn(plain, 31, draw));
      seen.add(JSON.stringify(draw));
    }
    expect(seen.size).toBe(40);
  });

  it("may be labelled one-hot, or be given out so", async () => {
    const stored = await open(await writeShards("one-hot", { oneHot: true }));
    const [batch] = await take(stored.batches({ batchSize: 6 }));
    expect(batch).toMatchObject({ labelShape: [6, 5] });
    expect([...(batch!.labels as Float32Array).subarray(0, 10)]).toEqual([1, 0, 0, 0, 0, 0, 1, 0, 0, 0]);
    const plain = await open(path("one-hot", "train-*"), { oneHot: false });
    expect((await take(plain.batches({ batchSize: 6 })))[0]!.labels).toEqual(Int32Array.of(0, 1, 2, 3, 4, 0));
  });

  it("may be pixels as they are, bytes or float32", async () => {
    const { pixels } = pattern(12, 12, 1);
    const floats = Float32Array.from(pixels, (value) => value - 120.5);
    for (const [storage, bytes, expected] of [
      ["raw", pixels, pixels],
      ["float32", new Uint8Array(floats.buffer), floats],
    ] as const) {
      writeFileSync(path(`${storage}.tfrecord`), record({ image_raw: bytes }, [0]));
      const set = await open(path(`${storage}.tfrecord`), { storage });
      expect(set).toMatchObject({ shape: [12, 12, 3], normalized: storage === "float32" });
      expect((await take(set.batches()))[0]!.images).toEqual(expected);
    }
    await expect(
      open(path("raw.tfrecord"), { storage: "float32", crop: 12 }).then((set) => take(set.batches())),
    ).rejects.toThrow(
      `${path("raw.tfrecord")}: record 0 (at byte 0): expected float32 pixels of a square of at least 12×12×3, got 432 bytes`,
    );
  });
});

describe("shards that are shared", () => {
  it("are read by each process where its own images are, and nowhere else", async () => {
    const frames = await Promise.all(Array.from({ length: 12 }, (_, i) => numbered(5 * i, [i % 5])));
    const file = path("shared.tfrecord");
    writeFileSync(file, Buffer.concat(frames));
    const bad = frames.map((frame) => Uint8Array.from(frame));
    bad[7]![20]! ^= 1;
    for (const shuffle of [false, true]) {
      const set = await open(file);
      const parts = (rank: number) => set.batches({ batchSize: 5, shuffle, share: { rank, size: 3 } });
      const numbers = [];
      for (const rank of [0, 1, 2]) numbers.push((await take(parts(rank))).flatMap(numbersOf));
      const owner = numbers.findIndex((each) => each.includes(7));
      writeFileSync(file, Buffer.concat(bad));
      for (const rank of [0, 1, 2]) {
        const walk = take(parts(rank));
        if (rank === owner) await expect(walk).rejects.toThrow(`${file}: record 7 (at byte `);
        else expect((await walk).flatMap(numbersOf)).toEqual(numbers[rank]);
      }
      writeFileSync(file, Buffer.concat(frames));
    }
  });
});

describe("class folders", () => {
  it("are scaled and cropped as processImage does", async () => {
    const paths = await writeImageFolder(path("photos"), { train: 12 });
    await using set = await openPhotoSet(path("photos/train"), { size: 30, crop: 24, workers: 1 });
    expect(set).toMatchObject({ count: 12, classNames: ["Persian_cat", "crane", "pug"], shape: [24, 24, 3] });
    const [first] = await take(set.batches({ batchSize: 12 }));
    const names = paths.filter((each) => each.includes("Persian_cat")).sort();
    const { readFileSync } = await import("node:fs");
    const image = processImage(await decodeImage(readFileSync(path("photos", names[0]!))), 30);
    const middle = cropDrawn({ pixels: image.pixels, shape: [30, 30, 3] }, 24, { place: null, mirrored: false });
    expect(first!.images.subarray(0, 24 * 24 * 3)).toEqual(middle);
    const shuffled = { shuffle: true, seed: 2, batchSize: 5 };
    const whole = await take(set.batches(shuffled));
    expect(await take(set.batches({ ...shuffled, start: 2 }))).toEqual(whole.slice(2));
    const halves: StreamedBatch[][] = [];
    for (const rank of [0, 1]) halves.push(await take(set.batches({ ...shuffled, share: { rank, size: 2 } })));
    expect(whole.map((_, i) => joined(halves.map((parts) => parts[i]!)))).toEqual(whole);
  });
});

describe("faults are one line that names file, record and byte", () => {
  const fails = async (frames: readonly Uint8Array[], options: Parameters<typeof openRecordSet>[1] = {}) => {
    writeFileSync(path("bad.tfrecord"), Buffer.concat(frames));
    const set = await open(path("bad.tfrecord"), options);
    await take(set.batches());
  };

  it("a feature that is missing, or is something else", async () => {
    const good = await numbered(1, [0]);
    const other = record({ picture: new Uint8Array(4) }, [0]);
    await expect(fails([good, other])).rejects.toThrow(
      `${path("bad.tfrecord")}: record 1 (at byte ${good.length}): feature "image_raw": `,
    );
    const text = encodeRecord(
      encodeExample({ image_raw: bytesFeature(new Uint8Array(3)), label: bytesFeature(new Uint8Array(1)) }),
    );
    await expect(fails([good, text])).rejects.toThrow(/record 1 \(at byte \d+\): feature "label": expected int64/);
  });

  it("a label that is no class", async () => {
    const good = await numbered(1, [0]);
    for (const [label, problem] of [
      [[5], "label 5 is none of the 5 classes, 0 … 4"],
      [[-1], "label -1 is none of the 5 classes, 0 … 4"],
      [[0, 1, 0, 0, 0], "expected one class number, got 5 values"],
    ] as const) {
      await expect(fails([good, await numbered(2, label)])).rejects.toThrow(
        `${path("bad.tfrecord")}: record 1 (at byte ${good.length}): feature "label": ${problem}`,
      );
    }
    const oneHot = await numbered(1, [0, 1, 0, 0, 0]);
    await expect(fails([oneHot, await numbered(2, [0, 1, 0, 1, 0])])).rejects.toThrow(
      '"label": expected a 1 among zeros',
    );
    await expect(fails([oneHot, await numbered(2, [3])])).rejects.toThrow("expected 5 values, one-hot, got 1 values");
  });

  it("an image that is damaged, or too small", async () => {
    const good = await numbered(1, [0]);
    await expect(fails([good, record({ image_raw: new Uint8Array(40) }, [0])])).rejects.toThrow(
      `${path("bad.tfrecord")}: record 1 (at byte ${good.length}): expected a PNG or JPEG image`,
    );
    await expect(fails([good, await numbered(1, [0], 16)])).rejects.toThrow(
      `${path("bad.tfrecord")}: record 1 (at byte ${good.length}): expected an image of at least 24×24, got 16×16`,
    );
  });

  it("a bit that has flipped", async () => {
    const good = await numbered(1, [0]);
    const bad = Uint8Array.from(good);
    bad[20]! ^= 1;
    await expect(fails([good, bad])).rejects.toThrow(`${path("bad.tfrecord")}: record 1 (at byte ${good.length}): `);
  });

  it("nothing to name the classes, no records, no files", async () => {
    writeFileSync(path("bad.tfrecord"), await numbered(1, [0]));
    await expect(openRecordSet(path("bad.tfrecord"))).rejects.toThrow(
      /nothing names the classes: .*\n {2}hint: name the label map/,
    );
    await expect(openRecordSet(path("bad.tfrecord"), { labelMap: path("none.json") })).rejects.toThrow(
      `${path("none.json")}: the label map cannot be read (ENOENT)`,
    );
    writeFileSync(path("empty.tfrecord"), "");
    await expect(open(path("empty.tfrecord"))).rejects.toThrow("expected records, found none in 1 files");
    await expect(open(path("nowhere-*"))).rejects.toThrow(`${path("nowhere-*")}: no file matches`);
  });
});

describe("the manifest beside the shards", () => {
  it("names the classes and counts the records; a shard that is not as it says is refused", async () => {
    await writeImageFolder(path("images"), { train: 10 }, ["10", "2"]);
    const { preprocess, parsePreprocessConfig } = await import("../node.ts");
    writeFileSync(path("numbers.json"), JSON.stringify({ 10: 0, 2: 1 }));
    const config = {
      ...{ label_map: path("numbers.json"), image_folder: `${path("images")}/`, record_path: `${path("made")}/` },
      ...{ image_type: "JPEG", split_number: 4, crop_size: 32, image_quality: 90, batch: ["train"], workers: 1 },
      tf_record_compression: "GZIP",
    };
    await preprocess(parsePreprocessConfig(config, "config"));
    await using set = await openRecordSet(path("made/train/train-*"), { workers: 1 });
    expect(set).toMatchObject({ count: 10, classNames: ["10", "2"], shape: [32, 32, 3] });
    expect((await take(set.batches({ shuffle: true }))).flatMap(({ shape }) => shape[0])).toEqual([10]);
    writeFileSync(path("made/train/train-1.tfrecord"), gzipSync(await numbered(1, [0])));
    await expect(openRecordSet(path("made/train/train-*"))).rejects.toThrow(
      /train-1\.tfrecord: \d+ bytes, but .*manifest\.json says \d+: records of another run\n {2}hint: /,
    );
  });
});

describe("figures of a set", () => {
  it("hashes shards by content and name, in any order and folder", async () => {
    const files = [0, 1, 2].map((i) => path("uncompressed", `train-${i}.tfrecord`));
    const hash = await hashShards(files);
    expect(hash.files).toBe(3);
    expect(await hashShards([...files].reverse())).toEqual(hash);
    expect(await hashShards(files.slice(1))).not.toEqual(hash);
    expect(await hashShards([0, 1, 2].map((i) => path("gzip", `train-${i}.tfrecord`)))).not.toEqual(hash);
  });

  it("finds the directions in which colours vary", async () => {
    // By hand: eigenvalues 3, 1 and 0.5 of colours of 0 to 1, along (1, 1, 0), (1, −1, 0) and blue.
    const scale = 255 ** 2;
    const { values, vectors } = await principalColours([
      [2 * scale, scale, 0],
      [scale, 2 * scale, 0],
      [0, 0, 0.5 * scale],
    ]);
    for (const [i, value] of [3, 1, 0.5].entries()) expect(values[i]).toBeCloseTo(value, 12);
    expect(Math.abs(vectors[0][0] + vectors[0][1])).toBeCloseTo(Math.SQRT2, 12);
    expect(Math.abs(vectors[1][0] - vectors[1][1])).toBeCloseTo(Math.SQRT2, 12);
    expect(Math.abs(vectors[2][2])).toBeCloseTo(1, 12);
    await expect(
      principalColours([
        [1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
      ]),
    ).rejects.toThrow("expected a symmetric matrix");
  });
});
