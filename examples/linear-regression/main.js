// Linear regression by gradient descent: finds the plane y = 3 x₁ − 2 x₂ + 0.5 again from 200 noisy points of it.
//
//   node examples/linear-regression/main.js [auto|cpu|webgpu]
import {
  add,
  gradients,
  matmul,
  mean,
  mul,
  normal,
  openDevice,
  scope,
  square,
  sub,
  tensor,
  uniform,
} from "@tessera/tensor";

const points = 200;
const steps = 300;
const learningRate = 0.05;

const device = await openDevice(process.argv[2] ?? "auto");
console.log(device.description);

// Random numbers are named by a seed and a stream, so every run draws the same.
const coordinates = uniform({ seed: 0, stream: 0 }, points * 2, -1, 1);
const noise = normal({ seed: 0, stream: 1 }, points, 0, 0.05);
const heights = noise.map((error, i) => 3 * coordinates[2 * i] - 2 * coordinates[2 * i + 1] + 0.5 + error);
const x = tensor(coordinates, [points, 2]);
const y = tensor(heights, [points, 1]);

let parameters = [tensor([[0], [0]]), tensor([0])];

for (let step = 1; step <= steps; step++) {
  for (const parameter of parameters) parameter.requiresGradient = true;
  // Everything made in the scope is freed at its end, but for what it returns.
  const { loss, next } = scope(() => {
    const [weights, bias] = parameters;
    const loss = mean(square(sub(add(matmul(x, weights), bias), y)));
    const slopes = gradients(loss, parameters);
    return { loss, next: parameters.map((parameter, i) => sub(parameter, mul(slopes[i], learningRate))) };
  });
  // Calls only queue work. Reading a value is what waits, so it is done now and then.
  if (step % 50 === 0 || step === 1) console.log(`step ${step}: loss ${(await loss.item()).toFixed(6)}`);
  for (const old of [loss, ...parameters]) old.dispose();
  parameters = next;
}

const [[w1, w2], [b]] = await Promise.all(parameters.map((parameter) => parameter.data()));
console.log(`y = ${w1.toFixed(2)} x1 + ${w2.toFixed(2)} x2 + ${b.toFixed(2)}`);
await device.destroy();
