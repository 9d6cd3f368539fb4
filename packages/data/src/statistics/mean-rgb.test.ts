// Beside numpy: goldens/imagenet.json has its float64 answers. The workers run from the build.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { bytesFeature, encodeExample, encodeRecord } from "@tessera/tfrecord";
import { afterAll, describe, expect, it } from "vitest";
import { dataFolder, imagenetGoldens } from "../../fixtures/imagenet-goldens.ts";
import { jpegCodec } from "../image/codec.ts";
import { decodeImage } from "../image/decode-image.ts";
import { encodeJpeg } from "../image/encode-jpeg.ts";
import { processImage } from "../image/process-image.ts";
import { findFiles } from "../workers/find-images.ts";
import { type MeanRgbProgress, meanRgb } from "./mean-rgb.ts";
import { imageMoments, MomentSums } from "./moments.ts";

const folder = mkdtempSync(join(tmpdir(), "tessera-mean-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A flat image, as PNG or JPEG they come out as they went in. */
const flat = (height: number, width: number, colour: readonly number[]) => ({
  pixels: Uint8Array.from({ length: height * width * 3 }, (_, i) => colour[i % 3]!),
  height,
  width,
});

const record = (image: Uint8Array) => encodeRecord(encodeExample({ image_raw: bytesFeature(image) }));

describe("MomentSums", () => {
  it("knows the mean and variance of what can be counted by hand", () => {
    const sums = new MomentSums();
    // Red: 10 twice; then 40 once. Green: 0. Blue: 255.
    sums.add(imageMoments(flat(1, 2, [10, 0, 255])));
    sums.add(imageMoments(flat(1, 1, [40, 0, 255])));
    const none = [0, 0, 0];
    expect(sums.result("pixel")).toEqual({
      ...{ mean: [20, 0, 255], variance: [200, 0, 0], covariance: [[200, 0, 0], none, none] },
    });
    expect(sums.result("image")).toEqual({
      ...{ mean: [25, 0, 255], variance: [225, 0, 0], covariance: [[225, 0, 0], none, none] },
    });
  });

  it("knows how two colours go together", () => {
    const sums = new MomentSums();
    // Red and green are 0, 0 and 4, 8; blue is 10 and 6: by hand, about the means 2, 4 and 8.
    sums.add(imageMoments({ pixels: Uint8Array.of(0, 0, 10, 4, 8, 6), height: 1, width: 2 }));
    expect(sums.result("pixel").covariance).toEqual([
      [4, 8, -4],
      [8, 16, -8],
      [-4, -8, 4],
    ]);
  });

  it("does not depend on the order", () => {
    const images = Array.from({ length: 50 }, (_, i) =>
      imageMoments(flat(1 + (i % 7), 3 + (i % 5), [i, 255 - i, i * 5])),
    );
    const of = (list: typeof images) => {
      const sums = new MomentSums();
      for (const image of list) sums.add(image);
      return [sums.result("pixel"), sums.result("image")];
    };
    expect(of([...images].reverse())).toEqual(of(images));
  });
});

const hasSharp = typeof (await jpegCodec("sharp")) !== "string";

describe.each(Object.entries(imagenetGoldens.means))("beside numpy: %s", (name, { originals, records }) => {
  const absent = !existsSync(join(dataFolder, name)) || !hasSharp;
  if (absent) console.warn(`SKIPPED: means of ${name}: not in ${dataFolder} (set TESSERA_DATA), or no sharp`);

  function close(got: Awaited<ReturnType<typeof meanRgb>>, expected: typeof originals) {
    expect(got).toMatchObject({ images: expected.images, pixels: expected.pixels, failed: [], warnings: [] });
    for (const weighting of ["pixel", "image"] as const) {
      for (const channel of [0, 1, 2] as const) {
        const [ours, theirs] = [got[weighting], expected[weighting]];
        expect(Math.abs(ours.mean[channel] - theirs.mean[channel])).toBeLessThan(1e-9);
        // numpy's sums of squares lose digits where they cancel: about 1e-16 · mean² · values.
        expect(Math.abs(ours.variance[channel] - theirs.variance[channel])).toBeLessThan(1e-7);
      }
    }
  }

  it.skipIf(absent)("from originals, with one worker and with three", async () => {
    const one = await meanRgb(join(dataFolder, name), { workers: 1 });
    close(one, originals);
    expect(await meanRgb(join(dataFolder, name), { workers: 3 })).toEqual(one);
  });

  it.skipIf(absent)("from records of the cropped images, compressed or not", async () => {
    const frames: Uint8Array[] = [];
    for (const path of await findFiles(join(dataFolder, name), [".jpg", ".jpeg"])) {
      const image = await decodeImage(new Uint8Array(readFileSync(path)));
      frames.push(record(await encodeJpeg(processImage(image, 256, "compat"), 90)));
    }
    const half = frames.length >> 1;
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "a.tfrecord"), gzipSync(Buffer.concat(frames.slice(0, half))));
    writeFileSync(join(folder, name, "b.tfrecord"), Buffer.concat(frames.slice(half)));
    close(await meanRgb(join(folder, name, "*.tfrecord"), { from: "tfrecord", workers: 2 }), records);
  });
});

describe("meanRgb", () => {
  const images = join(folder, "images");
  mkdirSync(images);

  it("takes a folder, lists what it cannot use, and goes on", async () => {
    writeFileSync(join(images, "a.jpg"), await encodeJpeg(flat(8, 8, [200, 200, 200])));
    writeFileSync(join(images, "b.jpg"), "not an image");
    writeFileSync(join(images, "c.jpg"), await encodeJpeg(flat(8, 16, [50, 50, 50])));
    const progress: MeanRgbProgress[] = [];
    const found = await meanRgb(images, { workers: 1, onProgress: (each) => progress.push(each) });
    expect(found).toMatchObject({
      images: 2,
      pixels: 192,
      pixel: { mean: [100, 100, 100] },
      image: { mean: [125, 125, 125] },
    });
    expect(found.failed).toEqual([
      {
        file: join(images, "b.jpg"),
        reason: `${join(images, "b.jpg")}: expected a PNG or JPEG image, found text ("not an image")`,
      },
    ]);
    expect(progress).toEqual([{ worker: 0, done: 3, total: 3, overall: { images: 3, share: 1 } }]);
    await expect(meanRgb(images, { workers: 1, strict: true })).rejects.toThrow(/b\.jpg: expected a PNG or JPEG image/);
  });

  it("draws a subsample that only its seed decides", async () => {
    const many = join(folder, "many");
    mkdirSync(many);
    for (let i = 0; i < 40; i++)
      writeFileSync(join(many, `${i}.jpg`), await encodeJpeg(flat(8, 8, [6 * i, 6 * i, 6 * i])));
    const options = { subsample: 7, workers: 2 };
    const drawn = await meanRgb(many, { ...options, seed: 5 });
    expect(drawn.images).toBe(7);
    expect(await meanRgb(many, { ...options, seed: 5, workers: 1 })).toEqual(drawn);
    expect((await meanRgb(many, { ...options, seed: 6 })).pixel.mean).not.toEqual(drawn.pixel.mean);
    await expect(meanRgb(many, { subsample: 41 })).rejects.toThrow("expected at most the 40 images there are, got 41");
  });

  it("says when nothing matches, and what a pattern with two dots wants", async () => {
    await expect(meanRgb(join(folder, "none/*.JPEG"))).rejects.toThrow(
      /none\/\*\.JPEG" matches no file\n {2}hint: quote/,
    );
    await expect(meanRgb(join(images, "*.*.JPEG"))).rejects.toThrow(/\*\.\*\.JPEG wants two dots in a name/);
    await expect(meanRgb(folder, { from: "tfrecord", subsample: 0 })).rejects.toThrow("meanRgb: subsample");
  });

  it("names a record without an image, and one that is corrupt", async () => {
    const [empty, corrupt] = [join(folder, "empty.tfrecord"), join(folder, "corrupt.tfrecord")];
    writeFileSync(empty, encodeRecord(encodeExample({ label: bytesFeature("x") })));
    await expect(meanRgb(empty, { from: "tfrecord" })).rejects.toThrow(
      `${empty}: record 0 at byte 0: expected a feature image_raw of one byte string, got none`,
    );
    const bytes = record(new Uint8Array(100));
    bytes[40]! ^= 1;
    writeFileSync(corrupt, bytes);
    await expect(meanRgb(corrupt, { from: "tfrecord" })).rejects.toThrow(
      /corrupt\.tfrecord.*record 0.*checksum differs/,
    );
    writeFileSync(corrupt, gzipSync(record(new Uint8Array(1000))).subarray(0, 60));
    await expect(meanRgb(corrupt, { from: "tfrecord" })).rejects.toThrow(/corrupt\.tfrecord/);
  });
});
