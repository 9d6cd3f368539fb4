// Data without an engine: a set in memory becomes shuffled, augmented batches of plain typed arrays.
//
//   node examples/image-pipeline/main.js
import { augment, channelStatistics, Dataset, stackImages, stratifiedSplit } from "@tessera/data";

const [count, side] = [600, 16];
// Class c of three has its colour channel bright.
const labels = Int32Array.from({ length: count }, (_, i) => i % 3);
const images = Uint8Array.from({ length: count * side * side * 3 }, (_, i) => {
  const image = Math.floor(i / (side * side * 3));
  return (i % 3 === labels[image] ? 200 : 40) + ((i * 7919) % 31);
});
const { train, validation } = stratifiedSplit({ images, labels, shape: [count, side, side, 3] }, 0.1, 1);
const { mean } = channelStatistics(train);
console.log(`${train.shape[0]} to train on, ${validation.shape[0]} held out; means ${mean.map(Math.round).join(" ")}`);

const pipeline = Dataset.fromArrays(train, { source: "coloured squares" })
  .shuffle({ seed: 1 })
  .batch(60)
  .map((records, { epoch }) => augment(stackImages(records), { pad: 2, seed: 1, epoch }))
  .prefetch(2);
for (let epoch = 0; epoch < 2; epoch++) {
  let batches = 0;
  for await (const batch of pipeline.iterate({ epoch })) {
    batches++;
    if (batches === 1) console.log(`epoch ${epoch}: first labels ${batch.labels.slice(0, 8).join(" ")}`);
  }
  console.log(`epoch ${epoch}: ${batches} batches of [60, ${side}, ${side}, 3]`);
}
