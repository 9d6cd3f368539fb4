// Times jax-js's training step of the small CNN on its WebAssembly backend. Arguments: a safetensors file with weights,
// images and labels, and the number of threads, which jax-js chooses itself. Its first line says the version and the loss
// without dropout. Every use of an array but the last is a `.ref`: that is jax-js's way to own memory.
import { readFileSync } from "node:fs";
import { defaultDevice, init, jit, lax, nn, numpy as np, random, tree, valueAndGrad } from "@jax-js/jax";
import { answerRounds, fail, readWorkload } from "./workload.mjs";

const rates = [0.2, 0.3, 0.4];

/** Weights in NCHW and OIHW, as jax-js has them; the first dense layer sees NCHW too. */
function makeParameters(workload) {
  const values = [...workload].filter(([name]) => name.startsWith("model.")).map(([, value]) => value);
  const next = () => {
    const { shape, data } = values.shift();
    return np.array(data).reshape(shape);
  };
  const parameters = { layers: [], hidden: {}, output: {} };
  const running = [];
  for (let i = 0; i < 6; i++) {
    const layer = { kernel: np.transpose(next(), [3, 2, 0, 1]), bias: next(), gamma: next(), beta: next() };
    parameters.layers.push(layer);
    running.push(next(), next());
  }
  const kernel = np.transpose(next().reshape([4, 4, 128, 512]), [2, 0, 1, 3]).reshape([2048, 512]);
  parameters.hidden = { kernel, bias: next() };
  parameters.output = { kernel: next(), bias: next() };
  return { parameters, running };
}

const perChannel = (value) => value.reshape([1, value.shape[0], 1, 1]);

/** [y, mean, variance], by the batch's own statistics. */
function batchNorm(x, gamma, beta) {
  const mean = x.ref.mean([0, 2, 3]);
  const centred = x.sub(perChannel(mean.ref));
  const variance = np.square(centred.ref).mean([0, 2, 3]);
  const scale = gamma.mul(np.reciprocal(np.sqrt(variance.ref.add(1e-3))));
  return [centred.mul(perChannel(scale)).add(perChannel(beta)), mean, variance];
}

function drop(x, key, rate) {
  if (!key) return x;
  const kept = random.bernoulli(key, 1 - rate, x.shape);
  return np.where(kept, x.mul(1 / (1 - rate)), 0);
}

/** The loss, and the statistics of each normalisation. */
function lossOf(parameters, images, oneHot, keys) {
  let x = images;
  const statistics = [];
  parameters.layers.forEach(({ kernel, bias, gamma, beta }, i) => {
    x = nn.relu(lax.convGeneralDilated(x, kernel, [1, 1], "SAME").add(perChannel(bias)));
    const [y, mean, variance] = batchNorm(x, gamma, beta);
    x = y;
    statistics.push(mean, variance);
    if (i % 2 === 0) return;
    const [n, c, h, w] = x.shape;
    x = drop(x.reshape([n, c, h / 2, 2, w / 2, 2]).max([3, 5]), keys?.[i >> 1], rates[i >> 1]);
  });
  x = x.reshape([x.shape[0], 2048]);
  x = nn.relu(np.matmul(x, parameters.hidden.kernel).add(parameters.hidden.bias));
  x = drop(x, keys?.[3], 0.5);
  const logits = np.matmul(x, parameters.output.kernel).add(parameters.output.bias);
  const loss = nn.logSoftmax(logits, 1).mul(oneHot).sum(1).mean().mul(-1);
  return [loss, statistics];
}

/** Adam's step of one array, the corrections of the moments being worked into `size` and `correction`. */
function adam(p, m, v, g, size, correction) {
  const first = m.mul(0.9).add(g.ref.mul(0.1));
  const second = v.mul(0.999).add(np.square(g).mul(0.001));
  const root = np.sqrt(second.ref.mul(correction)).add(1e-7);
  return [p.sub(first.ref.mul(size).div(root)), first, second];
}

const first = (parameters, images, oneHot) => {
  const [loss, statistics] = lossOf(parameters, images, oneHot, null);
  for (const each of statistics) each.dispose();
  return loss;
};

const takeStep = jit((state, images, oneHot, keys, size, correction) => {
  const train = (parameters) => lossOf(parameters, images, oneHot, keys);
  const [[loss, statistics], gradients] = valueAndGrad(train, { hasAux: true })(tree.ref(state.parameters));
  const running = state.running.map((each, i) => each.mul(0.99).add(statistics[i].mul(0.01)));
  const [values, structure] = tree.flatten(state.parameters);
  const [ms, vs, gs] = [state.m, state.v, gradients].map((each) => tree.leaves(each));
  const moved = values.map((p, i) => adam(p, ms[i], vs[i], gs[i], size.ref, correction.ref));
  size.dispose();
  correction.dispose();
  const [parameters, m, v] = [0, 1, 2].map((part) =>
    tree.unflatten(
      structure,
      moved.map((each) => each[part]),
    ),
  );
  return [loss, { parameters, m, v, running }];
});

async function main() {
  await init("wasm");
  defaultDevice("wasm");
  const { version } = JSON.parse(
    readFileSync(new URL("../node_modules/@jax-js/jax/package.json", import.meta.url), "utf8"),
  );
  const workload = readWorkload(process.argv[2]);
  const { parameters, running } = makeParameters(workload);
  const pixels = workload.get("images");
  const images = np.transpose(np.array(pixels.data).reshape(pixels.shape), [0, 3, 1, 2]);
  const labels = workload.get("labels");
  const oneHot = nn.oneHot(np.array(labels.data, { dtype: np.int32 }), parameters.output.bias.shape[0]);
  const loss = (await jit(first)(tree.ref(parameters), images.ref, oneHot.ref).data())[0];
  const zeros = () => tree.map((each) => np.zeros(each.shape), parameters);
  let state = { parameters, running, m: zeros(), v: zeros() };
  let step = 0;
  console.log(JSON.stringify({ version: `${version} (WebAssembly)`, loss }));
  await answerRounds(async () => {
    step++;
    const [size, correction] = [1e-3 / (1 - 0.9 ** step), 1 / (1 - 0.999 ** step)].map((value) => np.array(value));
    const keys = [0, 1, 2, 3].map((i) => random.key(4 * step + i));
    const [cost, next] = takeStep(state, images.ref, oneHot.ref, keys, size, correction);
    state = next;
    await cost.data();
    await state.parameters.output.bias.ref.data();
  });
  process.exit(0);
}

main().catch(fail);
