// Trains the small CNN on a rank of an MPI job, or alone: node train.mjs '{"data": …, "batchSize": 32, "steps": 20}'.
// Every rank writes a line of JSON into a file of its own: losses, and a digest of all state.
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { batches } from "@tessera/data";
import { loadImageSet } from "@tessera/data/node";
import { coresPerRank, openCommunicator } from "@tessera/distributed";
import { adam, cnn, compose, fit, horizontalFlip, padCrop, saveCheckpoint } from "@tessera/nn";
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
const communicator = await openCommunicator({ timeoutSeconds: 60 });
await coresPerRank(communicator);
const device = await openDevice(job.device ?? "cpu", { threads });
const { train } = await loadImageSet(data);
const rows = limit ?? train.shape[0];
const set = {
  ...train,
  shape: [rows, ...train.shape.slice(1)],
  images: train.images.subarray(0, rows * 3072),
  labels: train.labels.subarray(0, rows),
};
const model = cnn({
  classes: 100,
  dropout: Array(4).fill(dropout),
  seed: job.seeds?.[communicator.rank] ?? 0,
  width: job.width ?? 1,
});
const optimizer = adam(model.parameters());
const losses = [];
async function* some(epoch) {
  let count = 0;
  for await (const batch of batches(set, { batchSize, shuffle: true, seed: 0, epoch })) {
    if (count++ === steps) return;
    if (job.poison === communicator.rank && count === 3) batch.labels.fill(-1);
    yield batch;
  }
}
const { history } = await fit(model, optimizer, {
  train: (epoch) => some(epoch),
  ...(job.validation && { validation: () => batches(set, { batchSize: 50 }) }),
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
writeFileSync(`${out}.${communicator.rank}`, JSON.stringify({ losses, digest, last, rate }));
await communicator.close();
await device.destroy();
