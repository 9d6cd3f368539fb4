/** @file Times what feeds a device: shuffled, cropped and mirrored batches, made on the host. */
import { cpus } from "node:os";
import { augment, type Batch, batches, Dataset, floatBatch, type ImageSet, stackImages } from "@tessera/data";
import { randomBits } from "@tessera/tensor";
import { type Spread, spreadOf, writeJson } from "../report/record.ts";

/** Options of the command. */
export interface PipelineOptions {
  readonly images: number;
  readonly batchSize: number;
  readonly epochs: number;
  readonly json?: string;
}

type Walk = (set: ImageSet, epoch: number, batchSize: number) => AsyncIterable<Batch | Batch<Float32Array>>;

/** Ways to make the same batches; `augmented` is what a training run reads. */
const walks: Readonly<Record<string, Walk>> = {
  shuffled: (set, epoch, batchSize) => batches(set, { batchSize, shuffle: true, epoch }),
  augmented: (set, epoch, batchSize) =>
    Dataset.fromIterable(batches(set, { batchSize, shuffle: true, epoch })).map((batch) => augment(batch, { epoch })),
  "augmented, as floats": (set, epoch, batchSize) =>
    Dataset.fromIterable(batches(set, { batchSize, shuffle: true, epoch })).map((batch) =>
      floatBatch(augment(batch, { epoch }), { mean: 127.5, deviation: 127.5 }),
    ),
  "augmented, record by record": (set, epoch, batchSize) =>
    Dataset.fromArrays(set)
      .shuffle()
      .batch(batchSize)
      .map((records) => augment(stackImages(records), { epoch }))
      .prefetch(2)
      .iterate({ epoch }),
};

/** Runs the command. */
export async function benchPipeline({ images: count, batchSize, epochs, json }: PipelineOptions): Promise<void> {
  const set: ImageSet = {
    images: new Uint8Array(count * 3072).map((_, i) => Math.imul(i, 2654435761) >>> 24),
    labels: Int32Array.from(randomBits({ seed: 0, stream: 1 }, count), (bits) => bits % 100),
    shape: [count, 32, 32, 3],
  };
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? "unknown processor"}, Node ${process.versions.node}`;
  console.log(
    `batches of ${batchSize} from ${count} images of 32 × 32 × 3, images/s: median (least to most)\n  ${machine}`,
  );
  const records: { benchmark: string; machine: string; imagesPerSecond: Spread }[] = [];
  for (const [name, walk] of Object.entries(walks)) {
    const rates: number[] = [];
    for (let epoch = 0; epoch <= epochs; epoch++) {
      const rate = await imagesPerSecond(walk(set, epoch, batchSize), count);
      if (epoch > 0) rates.push(rate);
    }
    const spread = spreadOf(rates);
    const [median, min, max] = [spread.median, spread.min, spread.max].map((rate) => rate.toFixed(0));
    console.log(`  ${name}: ${median} (${min} to ${max})`);
    records.push({ benchmark: `pipeline/${name}`, machine, imagesPerSecond: spread });
  }
  if (json) writeJson(json, { records });
}

/** Walks an epoch; fails if it has not every image. */
async function imagesPerSecond(walk: AsyncIterable<Batch | Batch<Float32Array>>, count: number): Promise<number> {
  const start = performance.now();
  let seen = 0;
  for await (const { labels } of walk) seen += labels.length;
  if (seen !== count) throw new Error(`an epoch had ${seen} of ${count} images`);
  return (count * 1000) / (performance.now() - start);
}
