/** @file Whether a network's loss and gradients are right on a device, before its steps are timed. */
import type { Module } from "@tessera/nn";
import { type Device, gradients, openCpu, scope, setDefaultDevice, stepSlot } from "@tessera/tensor";
import { lossOf, networks } from "./networks.ts";
import { makeWorkload, perturbed, type Workload } from "./workload.ts";

/** What steps are compared with. */
export const stepReference =
  "loss and every gradient, dropout on, beside the cpu device's plain kernels (one thread, no relaxed SIMD, no Winograd), at images away from kinks";

/** Images in the comparison: the fewer, the fewer units near a kink. */
const batch = 1;

/**
 * Most that two devices may be apart, relative to a norm: some twenty layers, each of which may add 8 √n 2⁻²⁴ (see
 * kernels/oracle.ts) for sums of at most n = 10,000 products: 20 · 8 · 100 · 2⁻²⁴ ≈ 10⁻³.
 */
const tolerance = 1e-3;

/** A gradient that is next to nothing is compared with this share of the norm of them all. */
const floor = 1e-3;

interface Result {
  readonly loss: number;
  readonly gradients: readonly (readonly [name: string, values: Float32Array])[];
}

/**
 * A unit within rounding of its kink, such as a ReLU at 0 or two equal maxima, is on either side by chance, and moves
 * gradients by far more than the rounding did. So images are looked for that have none near, by the reference alone and
 * before the device is asked: its own gradients stay where they are when pixels move by this share, about what rounding
 * adds up to in twenty layers.
 */
const nudge = 2 ** -20;
const [draws, seeds] = [4, 32];

/** Compares one step's loss and gradients on `device` with the reference's: what is wrong, or `null`. */
export async function verifyStep(device: Device, network: string): Promise<string | null> {
  const plain = await openCpu({ threads: 1, relaxedSimd: false, winograd: false });
  try {
    const point = await withModel(plain, network, awayFromKinks);
    if (!point) return `it could not be checked: none of ${seeds} batches is away from kinks`;
    return compare(
      await withModel(device, network, (model) => evaluate(device, model, point.workload)),
      point.expected,
    );
  } finally {
    await plain.destroy();
    setDefaultDevice(device);
  }
}

/** Makes the network on a device for `body`. */
async function withModel<T>(device: Device, network: string, body: (model: Module, device: Device) => Promise<T>) {
  setDefaultDevice(device);
  const model = networks[network]!(true).train();
  try {
    return await body(model, device);
  } finally {
    model.dispose();
  }
}

/** The first images that nudges change little, with the loss and the gradients there; `null` if there are none. */
async function awayFromKinks(model: Module, plain: Device): Promise<{ workload: Workload; expected: Result } | null> {
  for (let seed = 0; seed < seeds; seed++) {
    const workload = makeWorkload(batch, seed);
    const expected = await evaluate(plain, model, workload);
    let steady = true;
    for (let draw = 0; steady && draw < draws; draw++) {
      steady = compare(await evaluate(plain, model, perturbed(workload, nudge, draw)), expected) === null;
    }
    if (steady) return { workload, expected };
  }
  return null;
}

async function evaluate(device: Device, model: Module, workload: Workload): Promise<Result> {
  device.stepWords.setInteger(stepSlot, 0);
  const named = model.namedParameters();
  const results = scope(() => {
    const loss = lossOf(model, workload);
    return [
      loss,
      ...gradients(
        loss,
        named.map(([, parameter]) => parameter),
      ),
    ];
  });
  device.submit();
  const values = await Promise.all(results.map((each) => each!.data() as Promise<Float32Array>));
  for (const each of results) each!.dispose();
  return { loss: values[0]![0]!, gradients: named.map(([name], i) => [name, values[i + 1]!] as const) };
}

/** What is wrong with `found`, or `null`. */
export function compare(found: Result, expected: Result): string | null {
  // The negation catches NaN.
  if (!(Math.abs(found.loss - expected.loss) <= tolerance * Math.abs(expected.loss))) {
    return `the loss is ${found.loss}, expected ${expected.loss}`;
  }
  const all = Math.hypot(...expected.gradients.map(([, values]) => norm(values)));
  for (const [i, [name, values]] of expected.gradients.entries()) {
    const distance = norm(values, found.gradients[i]![1]);
    const most = tolerance * Math.max(norm(values), floor * all);
    if (!(distance <= most)) return `the gradient of ${name} is off by ${distance}, more than ${most}`;
  }
  return null;
}

function norm(values: Float32Array, minus?: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i]! - (minus ? minus[i]! : 0)) ** 2;
  return Math.sqrt(sum);
}
