// Trains the small CNN on a rank of an MPI job, or alone: node train.mjs '{"data": …, "batchSize": 32, "steps": 20}'.
// With "records" the data are shards of "labelMap"'s classes. Every rank writes a line of JSON into a file of its own: losses, and a digest of all state.
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { batches } from "@tessera/data";
import { loadImageSet, openRecordSet } from "@tessera/data/node";
import { coresPerRank, openCommunicator } from "@tessera/distributed";
import { cnn, compose, horizontalFlip, padCrop, saveCheckpoint, sgd, fit as trainOn } from "@tessera/nn";
import { openDevice } from "@tessera/tensor";

const job = JSON.parse(process.argv[2]);
const {
  data,
  batchSize = 32,
  steps = 20,
  epochs = 1,
  dropout = 0,
  batchNorm,
  threads = 1,
  out,
  limit,
  accumulate,
} = job;
const communicator = await openCommunicator({ timeoutSeconds: 240 });
await coresPerRank(communicator);
const device = await openDevice(...(job.kind ? [job.kind] : ["cpu", { threads, ...job.device }]));
/** Images of this rank that were decoded, and count. */
let decoded = 0;
const { batchesOf, close } = job.records ? await openRecords() : await loadAll();
const model = cnn({
  classes: 100,
  dropout: Array(4).fill(dropout),
  seed: job.seeds?.[communicator.rank] ?? 0,
  width: job.width ?? 1,
});
// Not Adam, whose first steps make as much of a gradient that is all rounding as of any other; and short steps, as after
// longer ones rounding has grown, in ten steps, to what tells nothing from anything.
const optimizer = sgd(model.parameters(), { learningRate: 1e-4 });
const losses = [];
/** The same examples in the opposite order: another order of every sum over them. */
function reversed({ images, labels, shape }) {
  const [size] = shape;
  const order = Array.from({ length: size }, (_, i) => size - 1 - i);
  const [turned, one] = [new Uint8Array(images.length), images.length / size];
  for (const [to, from] of order.entries()) turned.set(images.subarray(from * one, (from + 1) * one), to * one);
  return { images: turned, labels: labels.map((_, i) => labels[order[i]]), shape };
}
/** What is held in memory, of which every rank is given whole batches. */
async function loadAll() {
  const { train } = await loadImageSet(data);
  const rows = limit ?? train.shape[0];
  const set = {
    ...train,
    shape: [rows, ...train.shape.slice(1)],
    images: train.images.subarray(0, rows * 3072),
    labels: train.labels.subarray(0, rows),
  };
  return { batchesOf: (options) => batches(set, options), close: async () => {} };
}

/** Shards, of which every rank reads its part where the job says "shared". */
async function openRecords() {
  const set = await openRecordSet(data, { labelMap: job.labelMap, crop: 32, workers: 1 });
  const share = job.records === "shared" ? { share: communicator } : {};
  const varied = ({ shuffle }) => (shuffle ? { crop: "random", flip: 0.5 } : {});
  return {
    batchesOf: (options) => set.batches({ ...options, ...varied(options), ...share }),
    close: () => set.close(),
  };
}
async function* some(epoch) {
  let count = 0;
  for await (const batch of batchesOf({ batchSize, shuffle: true, seed: 0, epoch })) {
    if (count++ === steps) return;
    if (!batch.part?.idle) decoded += batch.shape[0];
    yield job.backwards ? reversed(batch) : batch;
  }
}
const { history } = await trainOn(model, optimizer, {
  train: (epoch) => some(epoch),
  ...(job.validation && { validation: () => batchesOf({ batchSize: 50 }) }),
  epochs,
  accumulate: accumulate ?? 1,
  ...(job.augment && { transform: compose(padCrop({ padding: 4, seed: 0 }), horizontalFlip({ seed: 0 })) }),
  distributed: { communicator, ...(batchNorm && { batchNorm }) },
  callbacks: [{ name: "losses", onReadings: (arrived) => void losses.push(...arrived.map(({ loss }) => loss)) }],
});
const digest = createHash("sha256")
  .update(await saveCheckpoint(model, optimizer))
  .digest("hex");
const { seconds: _, images_per_second: rate, ...last } = history.at(-1);
writeFileSync(`${out}.${communicator.rank}`, JSON.stringify({ losses, digest, last, rate, decoded }));
await close();
await communicator.close();
await device.destroy();
