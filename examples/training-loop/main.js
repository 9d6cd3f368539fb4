// A training loop written by hand: a small convolutional net learns to tell stripes by their direction.
//
//   node examples/training-loop/main.js [auto|cpu|webgpu]
import {
  add,
  conv2d,
  copyTensor,
  crossEntropy,
  gradients,
  matmul,
  maxPool,
  mean,
  mul,
  normal,
  openDevice,
  randomBits,
  relu,
  reshape,
  scope,
  stepRing,
  sub,
  tensor,
  topKHits,
  uniform,
} from "@tessera/tensor";

const side = 12;
const directions = 4; // — / | \
const batchSize = 32;
const epochs = 8;
const learningRate = 0.01;
const momentum = 0.9;

/** Noisy grey images [count, side, side, 1] of stripes, and the directions of those. */
function drawStripes(count, seed) {
  const labels = Int32Array.from(randomBits({ seed, stream: 0 }, count), (bits) => bits % directions);
  const phases = uniform({ seed, stream: 1 }, count, 0, 2 * Math.PI);
  const images = normal({ seed, stream: 2 }, count * side * side, 0, 1);
  for (let i = 0; i < images.length; i++) {
    const image = Math.floor(i / side ** 2);
    const [row, column] = [Math.floor(i / side) % side, i % side];
    const angle = (Math.PI * labels[image]) / directions;
    images[i] += Math.sin(1.6 * (row * Math.cos(angle) + column * Math.sin(angle)) + phases[image]);
  }
  return { images, labels };
}

const device = await openDevice(process.argv[2] ?? "auto");
console.log(device.description);

// He's initial weights: deviation √(2 / inputs). Parameters live outside of any scope until the program ends.
const weight = (stream, shape, inputs) => {
  const size = shape.reduce((product, length) => product * length, 1);
  return tensor(normal({ seed: 7, stream }, size, 0, Math.sqrt(2 / inputs)), shape);
};
const parameters = [
  weight(0, [5, 5, 1, 8], 25),
  weight(1, [3, 3, 8, 16], 72),
  weight(2, [144, directions], 144),
  tensor(new Float32Array(directions)),
];
for (const parameter of parameters) parameter.requiresGradient = true;
const velocities = parameters.map(({ shape, size }) => tensor(new Float32Array(size), shape));

function forward(images) {
  const [first, second, dense, bias] = parameters;
  const edges = maxPool(relu(conv2d(images, first, { padding: "same" })), { window: 2 });
  const shapes = maxPool(relu(conv2d(edges, second, { padding: "same" })), { window: 2 });
  return add(matmul(reshape(shapes, [images.shape[0], 144]), dense), bias);
}

/** One step of gradient descent with momentum; gives the loss, on its way. */
function trainStep(images, labels) {
  const reading = scope(() => {
    const x = tensor(images, [labels.length, side, side, 1]);
    const loss = crossEntropy(forward(x), tensor(labels));
    const slopes = gradients(loss, parameters);
    parameters.forEach((parameter, i) => {
      copyTensor(add(mul(velocities[i], momentum), slopes[i]), velocities[i]);
      copyTensor(sub(parameter, mul(velocities[i], learningRate)), parameter);
    });
    return stepRing(device).push(loss);
  });
  device.submit();
  return reading;
}

async function accuracy({ images, labels }) {
  const hits = scope(() => mean(topKHits(forward(tensor(images, [labels.length, side, side, 1])), tensor(labels), 1)));
  const value = await hits.item();
  hits.dispose();
  return value;
}

const training = drawStripes(512, 1);
const validation = drawStripes(256, 2);

for (let epoch = 1; epoch <= epochs; epoch++) {
  const readings = [];
  for (let start = 0; start < training.labels.length; start += batchSize) {
    const images = training.images.subarray(start * side ** 2, (start + batchSize) * side ** 2);
    readings.push(trainStep(images, training.labels.subarray(start, start + batchSize)));
  }
  const losses = await Promise.all(readings.map((reading) => reading.value()));
  const loss = losses.reduce((sum, value) => sum + value, 0) / losses.length;
  console.log(`epoch ${epoch}: loss ${loss.toFixed(4)}, accuracy ${(await accuracy(validation)).toFixed(3)}`);
}

await device.destroy();
