/** @file Whatever is called in whatever order, what was taken is given back; and what is not is named. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { setDefaultDevice } from "./devices/default-device.ts";
import type { Device } from "./devices/device.ts";
import { gradients } from "./gradients.ts";
import { add } from "./ops/add/add.ts";
import { scaledDotProductAttention } from "./ops/attention/attention.ts";
import { clip } from "./ops/clip/clip.ts";
import { conv2d } from "./ops/conv2d/conv2d.ts";
import { conv2dTranspose } from "./ops/conv2d-transpose/conv2d-transpose.ts";
import { crossEntropy } from "./ops/cross-entropy/cross-entropy.ts";
import { depthwiseConv2d } from "./ops/depthwise-conv2d/depthwise-conv2d.ts";
import { div } from "./ops/div/div.ts";
import { dropBlock } from "./ops/drop-block/drop-block.ts";
import { dropout } from "./ops/dropout/dropout.ts";
import { exp } from "./ops/exp/exp.ts";
import { gather } from "./ops/gather/gather.ts";
import { layerNorm } from "./ops/layer-norm/layer-norm.ts";
import { matmul } from "./ops/matmul/matmul.ts";
import { maxPool } from "./ops/max-pool/max-pool.ts";
import { mean } from "./ops/mean/mean.ts";
import { mul } from "./ops/mul/mul.ts";
import type { OpDefinition } from "./ops/op.ts";
import { relu } from "./ops/relu/relu.ts";
import { reshape } from "./ops/reshape/reshape.ts";
import { softmax } from "./ops/softmax/softmax.ts";
import { sub } from "./ops/sub/sub.ts";
import { sum } from "./ops/sum/sum.ts";
import { tanh } from "./ops/tanh/tanh.ts";
import { transpose } from "./ops/transpose/transpose.ts";
import { upsample2d } from "./ops/upsample2d/upsample2d.ts";
import { variance } from "./ops/variance/variance.ts";
import { randomBits } from "./random.ts";
import { scope, trackLeaks } from "./scope.ts";
import { type Tensor, tensor } from "./tensor.ts";
import { openTestDevices } from "./testing/devices.ts";

/** Calls of every op, of those inside of others and of gradients, too. */
const called = vi.hoisted(() => new Map<string, number>());

vi.mock("./ops/op.ts", async (original) => {
  const actual = await original<typeof import("./ops/op.ts")>();
  return {
    ...actual,
    defineOp<A>(definition: OpDefinition<A>) {
      const op = actual.defineOp(definition);
      return (inputs: readonly Tensor[], attributes: A) => {
        called.set(definition.name, (called.get(definition.name) ?? 0) + 1);
        return op(inputs, attributes);
      };
    },
  };
});

/** Turns of a sequence, each of several ops, and the most tensors that it holds on to. */
const turns = 3200;
const mostHeld = 30;

/** Whole numbers below a bound, the same from the same seed. */
function numbers(seed: number): (bound: number) => number {
  let counter = 0;
  return (bound) => randomBits({ seed, stream: 0, counter: counter++ }, 1)[0]! % bound;
}

/** Images [2, 4, 4, 3], and what belongs to them. All values stay between −1 and 1, so that nothing overflows. */
const imageShape = [2, 4, 4, 3] as const;
const fill = (shape: readonly number[], value: number) =>
  tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value), [...shape]);

/** From images to images, or to a scalar for {@link losses}; each makes temporary tensors that its scope frees. */
const steps: readonly ((x: Tensor, y: Tensor) => Tensor)[] = [
  (x, y) => tanh(add(x, y)),
  (x, y) => tanh(sub(x, y)),
  (x, y) => mul(x, y),
  (x, y) => tanh(div(x, exp(y))),
  (x) => relu(x),
  (x) => tanh(conv2d(x, fill([3, 3, 3, 3], 0.1), { padding: "same" })),
  (x) => tanh(reshape(matmul(reshape(x, [32, 3]), fill([3, 3], 0.5)), imageShape)),
  (x) => reshape(transpose(reshape(transpose(reshape(x, [8, 12])), [12, 8])), imageShape),
  (x) => maxPool(x, { window: 3, stride: 1, padding: "same" }),
  (x) => tanh(dropout(x, { rate: 0.5, key: { seed: 1, stream: 2, counter: 3 } })),
  (x) => tanh(dropBlock(x, { keepProbability: 0.8, blockSize: 2, key: { seed: 1, stream: 2, counter: 3 } })),
  (x, y) => {
    const [query, key] = [reshape(x, [2, 16, 3]), reshape(y, [2, 16, 3])];
    return tanh(reshape(scaledDotProductAttention(query, key, key, { causal: true }), imageShape));
  },
  (x) => tanh(layerNorm(x, { scale: fill([3], 1), offset: fill([3], 0) })),
  (x) => gather(x, tensor(Int32Array.of(3, 1, 1, 0)), { axis: 1 }),
  (x) => tanh(depthwiseConv2d(x, fill([3, 3, 3, 1], 0.1), { padding: "same" })),
  (x) => tanh(conv2dTranspose(maxPool(x, { window: 2 }), fill([2, 2, 3, 3], 0.1), { stride: 2 })),
  (x) => upsample2d(maxPool(x, { window: 2 }), { size: [4, 4], interpolation: "bilinear" }),
  (x) => softmax(x, { axis: 1 }),
  (x) => clip(x, { min: -0.5, max: 0.5 }),
];

/** Ops that the sequence has to have called: those that lend memory to their launches, or keep some for a gradient. */
const newerOps = [
  ...["dropBlock", "layerNorm", "gather", "depthwiseConv2d", "conv2dTranspose", "upsample2d", "softmax", "clip"],
  ...["crossEntropy", "crossEntropy rows"],
];

const losses: readonly ((x: Tensor) => Tensor)[] = [
  (x) => mean(x),
  (x) => sum(mul(x, x)),
  (x) => crossEntropy(reshape(x, [2, 48]), tensor(Int32Array.of(1, 40))),
  (x) => crossEntropy(reshape(x, [2, 48]), fill([2, 48], 1 / 48), { labelSmoothing: 0.1 }),
  (x) => crossEntropy(reshape(x, [2, 48]), tensor(Int32Array.of(1, 40)), { weight: fill([48], 0.5) }),
  (x) => sum(variance(x, { axes: [1, 2] })),
];

/** One turn on the tensors held: make one, drop one, keep a result, take gradients, or fail halfway. */
function operate(held: Tensor[], next: (bound: number) => number, operation: number): void {
  const pick = () => held[next(held.length)]!;
  const add = (made: Tensor) => {
    held.push(made);
    if (held.length > mostHeld) held.splice(next(held.length), 1)[0]!.dispose();
  };
  if (held.length === 0 || operation === 0) {
    const made = fill(imageShape, next(200) / 100 - 1);
    made.requiresGradient = next(2) === 0;
    add(made);
  } else if (operation === 1) held.splice(next(held.length), 1)[0]!.dispose();
  else if (operation === 2) {
    const x = fill(imageShape, 0.25);
    x.requiresGradient = true;
    const [dx] = scope(() => {
      const y = steps[next(steps.length)]!(x, x);
      return gradients(losses[next(losses.length)]!(steps[next(steps.length)]!(y, x)), [x]);
    });
    x.dispose();
    if (dx) add(tanhOf(dx));
  } else if (operation === 3) {
    expect(() => scope(() => matmul(steps[next(steps.length)]!(pick(), pick()), fill([5, 5], 1)))).toThrow("matmul");
  } else if (operation === 4)
    scope(() => void losses[next(losses.length)]!(steps[next(steps.length)]!(pick(), pick())));
  else add(scope(() => steps[next(steps.length)]!(pick(), pick())));
}

/** In range again, and off the tape. */
function tanhOf(x: Tensor): Tensor {
  const result = tanh(x);
  x.dispose();
  return result;
}

async function runSequence(seed: number, count: number): Promise<string[]> {
  const leaks = trackLeaks();
  const next = numbers(seed);
  const held: Tensor[] = [];
  for (let i = 0; i < count; i++) {
    operate(held, next, next(10));
    if (i % 500 === 499 && held.length > 0) {
      const values = await held[next(held.length)]!.data();
      expect(values.every((value) => Math.abs(value) <= 1)).toBe(true);
    }
  }
  for (const one of held) one.dispose();
  return leaks();
}

const devices = (await openTestDevices()).filter(({ name, device }) => {
  const tested = name === "cpu with 2 threads" || device.kind === "webgpu";
  if (!tested) void device.destroy();
  return tested;
});

describe.each(devices)("on $name", ({ device }) => {
  beforeAll(() => setDefaultDevice(device));
  afterAll(() => device.destroy());

  it("10,000 small ops in random sequence leave nothing behind", async () => {
    await runSequence(1, 300); // every constant that there is
    const before = counts(device);
    called.clear();
    expect(await runSequence(2, turns)).toEqual([]);
    expect([...called.values()].reduce((total, calls) => total + calls, 0)).toBeGreaterThan(10_000);
    expect([...called.keys()]).toEqual(expect.arrayContaining(newerOps));
    expect(counts(device)).toEqual(before);
  });

  it("reports a tensor that is left behind by the op that made it and the line", async () => {
    const { liveBlocks } = device.memory();
    const leaks = trackLeaks();
    const x = fill([2, 3], 1);
    const forgotten = tanh(x);
    x.dispose();
    expect(leaks()).toEqual([expect.stringMatching(/^tanh \[2, 3\], made at .*leaks\.test\.ts:\d+:\d+\)?$/)]);
    expect(device.memory().liveBlocks).toBe(liveBlocks + 1);
    forgotten.dispose();
    expect(device.memory().liveBlocks).toBe(liveBlocks);
  });
});

/** What the device has handed out. */
function counts(device: Device) {
  const { liveBlocks, liveBytes } = device.memory();
  return { liveBlocks, liveBytes };
}
