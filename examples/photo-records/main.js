// TFRecords: images and labels into four shards, then read back in a random order, half of them, as one of two workers.
//
//   node examples/photo-records/main.js
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bytes, int64, parseExample, serializeExample, shardName } from "@tessera/tfrecord";
import { ShardedReader, TfRecordWriter } from "@tessera/tfrecord/node";

const folder = await mkdtemp(join(tmpdir(), "tessera-records-"));
const schema = { label: int64({ as: "number" }), image_raw: bytes() };

for (let shard = 0; shard < 4; shard++) {
  const writer = await TfRecordWriter.create(join(folder, shardName("train", shard, 4)), { index: true });
  for (let i = 0; i < 25; i++) {
    await writer.write(serializeExample({ label: 25 * shard + i, image_raw: Uint8Array.of(0xff, 0xd8, i) }, schema));
  }
  const { records, bytes: size } = await writer.close();
  console.log(`${shardName("train", shard, 4)}: ${records} records, ${size} bytes`);
}

const reader = await ShardedReader.open(join(folder, "train-*-of-00004"), {
  ...{ shuffle: true, seed: 1 },
  ...{ workerIndex: 0, workerCount: 2 },
});
const labels = [];
for await (const record of reader) labels.push(parseExample(record, schema).label);
await reader.close();
await rm(folder, { recursive: true });
console.log(`worker 0 of 2 got ${labels.length} records, first ${labels.slice(0, 5).join(", ")}`);
