// Times TensorFlow.js's training step of the small CNN. Arguments: the backend, a safetensors file with weights, images and
// labels, and the number of threads. Its first line says the version and the loss without dropout.
import * as tf from "@tensorflow/tfjs";
import { answerRounds, fail, readWorkload } from "./workload.mjs";

const [backend, file, threads] = process.argv.slice(2);

/** Makes the backend's surroundings and loads it; gives a name that says on what it runs. */
const backends = {
  async webgpu() {
    const { create, globals } = await import("webgpu");
    Object.assign(globalThis, globals);
    const gpu = create([]);
    Object.defineProperty(globalThis, "navigator", { value: { gpu, userAgent: "node" }, configurable: true });
    globalThis.self = globalThis;
    await import("@tensorflow/tfjs-backend-webgpu");
    const { info } = await gpu.requestAdapter();
    return info.description || info.device || info.vendor;
  },
  async cpu() {
    await import("@tensorflow/tfjs-backend-cpu");
    return "one thread of JavaScript";
  },
  async wasm() {
    const { setThreadsCount } = await import("@tensorflow/tfjs-backend-wasm");
    setThreadsCount(Number(threads));
    return `${threads} threads`;
  },
};

/** The layers in order: `conv`, `norm`, `dense` take weights from the file as they come. */
function makeModel(weights) {
  const values = [...weights].filter(([name]) => name.startsWith("model.")).map(([, value]) => value);
  const next = (trainable) => {
    const { shape, data } = values.shift();
    return tf.variable(tf.tensor(data, shape), trainable);
  };
  const conv = () => ({ kernel: next(true), bias: next(true) });
  const norm = () => ({ gamma: next(true), beta: next(true), mean: next(false), variance: next(false) });
  const blocks = [0.2, 0.3, 0.4].map((rate) => ({ rate, layers: [0, 1].map(() => ({ ...conv(), ...norm() })) }));
  return { blocks, hidden: conv(), output: conv() };
}

/** x normalised by the batch's own statistics, which move along the running ones. */
function batchNorm(x, { gamma, beta, mean, variance }, training) {
  const moments = tf.moments(x, [0, 1, 2]);
  if (training) {
    for (const [running, current] of [
      [mean, moments.mean],
      [variance, moments.variance],
    ]) {
      running.assign(tf.tidy(() => tf.add(tf.mul(running, 0.99), tf.mul(current, 0.01))));
    }
  }
  return tf.batchNorm(x, moments.mean, moments.variance, beta, gamma, 1e-3);
}

function forward(model, images, training) {
  let x = images;
  const drop = (value, rate) => (training ? tf.dropout(value, rate) : value);
  for (const { rate, layers } of model.blocks) {
    for (const layer of layers) {
      x = tf.relu(tf.add(tf.conv2d(x, layer.kernel, 1, "same"), layer.bias));
      x = batchNorm(x, layer, training);
    }
    x = drop(tf.maxPool(x, 2, 2, "valid"), rate);
  }
  x = tf.reshape(x, [images.shape[0], -1]);
  x = drop(tf.relu(tf.add(tf.matMul(x, model.hidden.kernel), model.hidden.bias)), 0.5);
  return tf.add(tf.matMul(x, model.output.kernel), model.output.bias);
}

async function main() {
  const place = await backends[backend]();
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js could not start its ${backend} backend`);
  await tf.ready();
  const workload = readWorkload(file);
  const model = makeModel(workload);
  const { shape, data } = workload.get("images");
  const images = tf.tensor(data, shape);
  const oneHot = tf.oneHot(tf.tensor1d(workload.get("labels").data, "int32"), model.output.bias.shape[0]);
  const lossOf = (training) => tf.losses.softmaxCrossEntropy(oneHot, forward(model, images, training));
  const first = tf.tidy(() => lossOf(false));
  const loss = (await first.data())[0];
  const optimizer = tf.train.adam(1e-3, 0.9, 0.999, 1e-7);
  console.log(JSON.stringify({ version: `${tf.version.tfjs} (${backend}: ${place})`, loss }));
  await answerRounds(async () => {
    const cost = optimizer.minimize(() => lossOf(true), true);
    await cost.data();
    // A step has ended when its last kernel has: the loss is known before the weights are.
    await model.output.bias.data();
    cost.dispose();
  });
  process.exit(0);
}

main().catch(fail);
