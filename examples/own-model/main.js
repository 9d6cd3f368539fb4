// A model of your own is a class with layers in its fields: this one learns to tell stripes by their direction.
//
//   node examples/own-model/main.js [auto|cpu|webgpu]
import {
  adam,
  BatchNormalization,
  Conv2D,
  Dense,
  evaluate,
  fit,
  formatSummary,
  GlobalMaxPooling2D,
  inARow,
  MaxPooling2D,
  Module,
  RandomStreams,
  summarize,
} from "@tessera/nn";
import { add, normal, openDevice, randomBits, uniform } from "@tessera/tensor";

const side = 12;
const directions = 4; // — / | \

class StripeNet extends Module {
  kind = "StripeNet";

  constructor(random) {
    super();
    this.stem = new Conv2D({ inputs: 1, filters: 8, kernelSize: 5, padding: "same", activation: "relu" }, random);
    this.norm = new BatchNormalization({ inputs: 8, momentum: 0.9 });
    this.pool = new MaxPooling2D();
    this.deep = new Conv2D({ inputs: 8, filters: 8, kernelSize: 3, padding: "same", activation: "relu" }, random);
    this.greatest = new GlobalMaxPooling2D();
    this.head = new Dense({ inputs: 8, units: directions }, random);
  }

  forward(x) {
    const edges = this.pool.forward(this.norm.forward(this.stem.forward(x)));
    return this.head.forward(this.greatest.forward(add(edges, this.deep.forward(edges))));
  }

  outputShape([images]) {
    return [images, directions];
  }

  // For summaries alone: what the image goes through.
  parts(input) {
    const { stem, norm, pool, deep, greatest, head } = this;
    return inARow(Object.entries({ stem, norm, pool, deep, greatest, head }), input);
  }
}

/** A batch of noisy grey images of stripes, and the directions of those. */
function drawStripes(count, seed) {
  const labels = Int32Array.from(randomBits({ seed, stream: 0 }, count), (bits) => bits % directions);
  const phases = uniform({ seed, stream: 1 }, count, 0, 2 * Math.PI);
  const images = normal({ seed, stream: 2 }, count * side * side, 0, 0.5);
  for (let i = 0; i < images.length; i++) {
    const image = Math.floor(i / side ** 2);
    const [row, column] = [Math.floor(i / side) % side, i % side];
    const angle = (Math.PI * labels[image]) / directions;
    images[i] += Math.sin(1.6 * (row * Math.cos(angle) + column * Math.sin(angle)) + phases[image]);
  }
  return { images, labels, shape: [count, side, side, 1] };
}

const device = await openDevice(process.argv[2] ?? "auto");
console.log(device.description);

const model = new StripeNet(new RandomStreams(7));
console.log(formatSummary(summarize(model, [side, side, 1], { expandNested: true })));

await fit(model, adam(model.parameters(), { learningRate: 0.01 }), {
  train: (epoch) => Array.from({ length: 16 }, (_, i) => drawStripes(32, 100 * epoch + i)),
  epochs: 6,
  callbacks: [
    { name: "print", onEpochEnd: ({ epoch, loss }) => console.log(`epoch ${epoch}: loss ${loss.toFixed(4)}`) },
  ],
});

const { accuracy } = await evaluate(model, [drawStripes(256, 1)]);
console.log(`of 256 others: accuracy ${accuracy.toFixed(3)}`);
await device.destroy();
