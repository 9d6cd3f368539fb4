/** @file A folder in which the commands of the documents run as they are written: small data under the names they use. */
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { writeNpy } from "@tessera/data";
import { randomBits } from "@tessera/tensor";
import { encode } from "fast-png";
import { tarOf } from "../../packages/data/fixtures/cifar-archive.ts";
import { writeExampleData } from "../example-folder.ts";
import { smallCifar } from "../small-cifar.ts";

/** What the examples of the help need, and what the documents name beside that. */
export async function writeDocumentData(folder: string): Promise<void> {
  await writeExampleData(folder);
  const at = (...path: string[]) => join(folder, ...path);
  // Pages train for the epochs that they name: half of the images are enough.
  const archive = await smallCifar({ train: 100, test: 20 });
  for (const path of ["data/cifar-100-python.tar.gz", "cifar-100-python.tar.gz"]) writeFileSync(at(path), archive);
  for (const name of ["horse.jpg", "garden.jpg"]) cpSync(at("photo.jpg"), at(name));
  writeFileSync(at("data/kmeans_colour_a2.tar.gz"), await coloursArchive(24));
  writeCifar10Binary(at("data/cifar-10-batches-bin"));
  writeFlowers(at("flowers"));
}

async function coloursArchive(count: number): Promise<Buffer> {
  const bits = randomBits({ seed: 5, stream: 0 }, count * 3);
  const centres = Float64Array.from(bits, (value) => (value % 256) / 255);
  const file = writeNpy({ data: centres, shape: [count, 3] });
  return gzipSync(await tarOf({ [`colours/colour_kmeans${count}_cat7.npy`]: file }));
}

const cifar10 = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/** CIFAR-10 in binary: a byte of label, then 3,072 of pixels; every other image a horse. */
function writeCifar10Binary(folder: string): void {
  mkdirSync(folder);
  writeFileSync(join(folder, "batches.meta.txt"), `${cifar10.join("\n")}\n\n`);
  for (const [i, name] of [...[1, 2, 3, 4, 5].map((n) => `data_batch_${n}`), "test_batch"].entries()) {
    const images = Array.from({ length: 40 }, (_, n) => {
      const pixels = randomBits({ seed: 6, stream: i, counter: n * 3072 }, 3072);
      return Uint8Array.of(n % 2 === 0 ? 7 : n % 10, ...Uint8Array.from(pixels, (bits) => bits % 256));
    });
    writeFileSync(join(folder, `${name}.bin`), Buffer.concat(images));
  }
}

/** Photographs of discs on darker ground, and masks as Oxford's: 1 the flower, 0 its rim, 2 to 4 what is around it. */
function writeFlowers(folder: string): void {
  const size = 64;
  for (const name of ["images", "labels"]) mkdirSync(join(folder, name), { recursive: true });
  for (const number of [1, 2, 3, 9, 16, 17, 18, 21, 23]) {
    const [x, y] = [20 + number, 44 - number];
    const distance = (at: number) => Math.hypot((at % size) - x, Math.floor(at / size) - y);
    const mask = Uint8Array.from({ length: size * size }, (_, at) =>
      distance(at) < 14 ? 1 : distance(at) < 16 ? 0 : 2 + (at % 3),
    );
    const image = Uint8Array.from({ length: 3 * size * size }, (_, i) =>
      distance(Math.floor(i / 3)) < 15 ? (i % 3 === 2 ? 30 : 220) : 40 + ((i * 7919) % 60),
    );
    const shape = { width: size, height: size, depth: 8 } as const;
    const file = `image_${String(number).padStart(4, "0")}.png`;
    writeFileSync(join(folder, "images", file), encode({ ...shape, data: image, channels: 3 }));
    writeFileSync(join(folder, "labels", file), encode({ ...shape, data: mask, channels: 1 }));
  }
}
