import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tarOf } from "../../fixtures/cifar-archive.ts";
import { hubParquet } from "../../fixtures/hub-parquet.ts";
import { CIFAR100_FINE_NAMES, type ImageSet, type LabelledSet, selectClasses, selectRows } from "../index.ts";
import { loadCifar, loadColours, loadImageSet } from "../node.ts";

let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "tessera-real-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function put(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(root, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
  return path;
}

const digest = (bytes: Uint8Array | Int32Array) => createHash("sha256").update(bytes).digest("hex");

const data = process.env.TESSERA_DATA ?? resolve(fileURLToPath(import.meta.url), "../../../../../../shared/data");
const real = (name: string) => join(data, name);
const absent = !existsSync(real("cifar-100-python.tar.gz")) || !existsSync(real("flowers17-51"));
if (absent) console.warn(`SKIPPED: real data in every format: not all in ${data}; point TESSERA_DATA to the folder`);

describe.skipIf(absent)("real data", () => {
  let whole: Awaited<ReturnType<typeof loadCifar>>;
  beforeAll(async () => {
    whole = await loadCifar(real("cifar-100-python.tar.gz"));
  });

  it("has the mean and standard deviation of each channel that the literature knows", () => {
    const { images } = whole.train;
    const counts = [new Float64Array(256), new Float64Array(256), new Float64Array(256)];
    for (let i = 0; i < images.length; i++) counts[i % 3]![images[i]!]!++;
    const total = images.length / 3;
    const means = counts.map((count) => count.reduce((sum, n, value) => sum + (n * value) / 255, 0) / total);
    const deviations = counts.map((count, c) =>
      Math.sqrt(count.reduce((sum, n, value) => sum + n * (value / 255 - means[c]!) ** 2, 0) / total),
    );
    // Published to four digits, of which the last is not the same everywhere.
    for (const [c, mean] of [0.5071, 0.4865, 0.4409].entries()) expect(Math.abs(means[c]! - mean)).toBeLessThan(1e-4);
    for (const [c, std] of [0.2673, 0.2564, 0.2762].entries())
      expect(Math.abs(deviations[c]! - std)).toBeLessThan(1e-4);
  });

  it("is the same through binary and parquet, fine and coarse", async () => {
    const rows = Array.from({ length: 200 }, (_, i) => i * 250);
    const part = selectRows(whole.train, rows);
    const test = selectRows(whole.test, rows.slice(0, 40));
    await put("real/train-0.parquet", hubParquet(part));
    await put("real/test-0.parquet", hubParquet(test));
    const binary = await put("real-binary.tar.gz", await binaryArchive({ train: part, test }, whole));
    for (const path of [join(root, "real"), binary]) {
      const found = await loadImageSet(path);
      for (const [set, expected] of [
        [found.train, part],
        [found.test, test],
      ] as const) {
        expect(digest(set.images)).toBe(digest(expected.images));
        expect(set.labels).toEqual(expected.labels);
        expect(set.coarseLabels).toEqual(expected.coarseLabels);
      }
      expect(found.name).toBe("cifar-100");
      expect(found.classNames).toEqual(whole.classNames);
      expect(found.superclassNames).toEqual(whole.superclassNames);
      for (const [label, above] of found.superclassOf!.entries()) {
        if (above >= 0) expect(above).toBe(whole.superclassOf![label]);
      }
      const coarse = await loadImageSet(path, { labels: "coarse" });
      expect(coarse.train.labels).toEqual(part.coarseLabels);
    }
  });

  it("has the names that the package knows, and 500 wolves", () => {
    expect(CIFAR100_FINE_NAMES).toEqual(whole.classNames);
    const wolves = selectClasses(whole, ["wolf"]);
    expect([wolves.train.shape[0], wolves.test.shape[0]]).toEqual([500, 100]);
    expect(wolves.superclassNames![wolves.superclassOf![0]!]).toBe("large_carnivores");
  });

  it("flowers of several sizes, resized; a set of photos with train and val", async () => {
    const flowers = await loadImageSet(real("flowers17-51"), { size: [32, 32] });
    expect([flowers.train.shape[0] + flowers.test.shape[0], flowers.classNames.length]).toEqual([51, 17]);
    await expect(loadImageSet(real("flowers17-51"))).rejects.toThrow(/expected \d+ × \d+ pixels, as .*c1/);
    const photos = await loadImageSet(real("imagenette-500"), { size: [16, 16] });
    expect([photos.train.shape, photos.test.shape]).toEqual([
      [400, 16, 16, 3],
      [100, 16, 16, 3],
    ]);
  });

  it("k-means colours, alone and in an archive", async () => {
    const file = await readFile(real("colours/colour_kmeans24_cat7.npy"));
    const { centres, shape } = await loadColours(real("colours/colour_kmeans24_cat7.npy"));
    expect(shape).toEqual([24, 3]);
    const archive = await put("k.tar.gz", gzipSync(await tarOf({ "colours/colour_kmeans24_cat7.npy": file })));
    expect((await loadColours(archive)).centres).toEqual(centres);
    await expect(loadColours(archive, 16)).rejects.toThrow("expected a member colour_kmeans16_….npy, found none");
  });
});

/** CIFAR-100's binary archive of some images. */
async function binaryArchive(sets: Record<"train" | "test", ImageSet>, { classNames, superclassNames }: LabelledSet) {
  const records = ({ images, labels, coarseLabels }: ImageSet) => {
    const out = new Uint8Array(labels.length * 3074);
    for (const [record, label] of labels.entries()) {
      out.set([coarseLabels![record]!, label], record * 3074);
      for (let i = 0; i < 3072; i++)
        out[record * 3074 + 2 + (i % 3) * 1024 + Math.floor(i / 3)] = images[record * 3072 + i]!;
    }
    return out;
  };
  const lines = (list: readonly string[]) => new TextEncoder().encode(`${list.join("\n")}\n`);
  return gzipSync(
    await tarOf({
      "cifar-100-binary/train.bin": records(sets.train),
      "cifar-100-binary/test.bin": records(sets.test),
      "cifar-100-binary/fine_label_names.txt": lines(classNames),
      "cifar-100-binary/coarse_label_names.txt": lines(superclassNames!),
    }),
  );
}
