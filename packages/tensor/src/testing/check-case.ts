/** @file Runs a case on a device and compares it with the oracle. */
import type { Device } from "../devices/device.ts";
import { ScopeError } from "../errors.ts";
import { gradients } from "../gradients.ts";
import { scope, trackLeaks } from "../scope.ts";
import { formatShape, type Shape, sameShape } from "../shape.ts";
import { type Tensor, type TensorData, tensor } from "../tensor.ts";
import type { InputSpec, OpCase } from "./case.ts";
import { drawOutputGradients, referenceOutputs } from "./check-oracle.ts";
import { checkClose, MismatchError } from "./compare.ts";
import { drawInputs, toTensorData, wantsGradient } from "./inputs.ts";
import type { NdArray } from "./nd-array.ts";
import { defaultTolerance } from "./tolerance.ts";

/** What a case computed on a device. */
export interface CaseResult {
  readonly outputs: readonly TensorData[];
  /** One for each input, `null` where no gradient was asked for or none flows; empty for ops that have none. */
  readonly gradients: readonly (TensorData | null)[];
}

/**
 * Runs a case twice on a device and checks outputs and gradients against the oracle, that both runs gave the same bits,
 * and that neither left a tensor or a block of memory behind.
 *
 * @returns what was computed, for comparing devices with each other
 * @throws MismatchError if values, gradients or the two runs differ; ScopeError if memory was left behind
 */
export async function checkCase(device: Device, opCase: OpCase): Promise<CaseResult> {
  const { name, tolerance = defaultTolerance } = opCase;
  const inputs = drawInputs(name, opCase.inputs);
  const expected = referenceOutputs(opCase, inputs);
  const seeds = drawOutputGradients(opCase, expected);
  const result = await runCase(device, opCase, inputs, seeds);
  expected.forEach((output, i) => {
    const comparison = { tolerance: tolerance.forward, perElement: tolerance.perElement ?? false };
    checkClose(result.outputs[i] ?? [], output, { what: `${name}: output ${i}`, ...comparison });
  });
  opCase.referenceGradient?.(seeds, ...inputs).forEach((gradient, i) => {
    if (!gradient || !wantsGradient(opCase.inputs[i]!)) return;
    const what = `${name}: gradient of input ${i}`;
    checkClose(result.gradients[i] ?? [], gradient, { what, tolerance: tolerance.gradient });
  });
  const { liveBlocks } = device.memory();
  checkSameBits(name, result, await runCase(device, opCase, inputs, seeds));
  const left = device.memory().liveBlocks - liveBlocks;
  if (left !== 0) throw new ScopeError(`${name}: ${left} blocks of device memory were left behind`);
  return result;
}

/** Checks that two runs of a case, on one device or on two, gave the same bits. Throws {@link MismatchError}. */
export function checkSameBits(name: string, first: CaseResult, second: CaseResult): void {
  const [a, b] = [first, second].map(({ outputs, gradients }) => [...outputs, ...gradients]) as [Values, Values];
  a.forEach((values, i) => {
    const other = b[i];
    const index = values?.findIndex((value, j) => !Object.is(value, other?.[j])) ?? -1;
    if (index < 0) return;
    const what = i < first.outputs.length ? `output ${i}` : `gradient of input ${i - first.outputs.length}`;
    throw new MismatchError(
      `${name}: ${what} differs between two runs at ${index}: ${values?.[index]}, ${other?.[index]}`,
    );
  });
}

type Values = (TensorData | null)[];

async function runCase(
  device: Device,
  opCase: OpCase,
  inputs: readonly NdArray[],
  seeds: readonly NdArray[],
): Promise<CaseResult> {
  const leaks = trackLeaks();
  let left: string[] = [];
  let result: CaseResult;
  try {
    result = await readBack(scope(() => computeCase(device, opCase, inputs, seeds)));
  } finally {
    left = leaks();
  }
  if (left.length > 0) throw new ScopeError(`${opCase.name}: tensors were left behind`, { hints: left });
  return result;
}

interface Computed {
  readonly outputs: readonly Tensor[];
  readonly gradients: readonly (Tensor | null)[];
}

async function readBack({ outputs, gradients }: Computed): Promise<CaseResult> {
  try {
    return {
      outputs: await Promise.all(outputs.map((output) => output.data())),
      gradients: await Promise.all(gradients.map((gradient) => gradient?.data() ?? null)),
    };
  } finally {
    for (const one of [...outputs, ...gradients]) one?.dispose();
  }
}

/** Runs a case, and its gradients where it has them, in the scope around it. */
export function computeCase(
  device: Device,
  opCase: OpCase,
  inputs: readonly NdArray[],
  seeds: readonly NdArray[],
): Computed {
  const tensors = inputs.map((input, i) => upload(device, input, opCase.inputs[i]!));
  const result = opCase.run(...tensors);
  const outputs = "dtype" in result ? [result] : result;
  const expected = referenceOutputs(opCase, inputs);
  expected.forEach(({ shape }, i) => {
    checkShape(`${opCase.name}: output ${i}`, shape, outputs[i]);
  });
  const wanted = tensors.filter((one) => one.requiresGradient);
  if (!opCase.referenceGradient || wanted.length === 0) return { outputs, gradients: [] };
  const cotangents = seeds.map((seed) => tensor(toTensorData(seed), seed.shape, { device }));
  const found = gradients(outputs.slice(0, seeds.length), wanted, cotangents);
  wanted.forEach(({ shape }, i) => {
    if (found[i]) checkShape(`${opCase.name}: gradient of input ${tensors.indexOf(wanted[i]!)}`, shape, found[i]);
  });
  return { outputs, gradients: tensors.map((one) => (one.requiresGradient ? found[wanted.indexOf(one)]! : null)) };
}

function checkShape(what: string, expected: Shape, got: Tensor | undefined): void {
  if (got && sameShape(expected, got.shape)) return;
  throw new MismatchError(
    `${what}: expected ${formatShape(expected)}, got ${got ? formatShape(got.shape) : "nothing"}`,
  );
}

/** A tensor of an input's values, marked if a gradient is wanted. */
export function upload(device: Device, input: NdArray, spec: InputSpec): Tensor {
  const { dtype = "float32" } = spec;
  const result = tensor(toTensorData(input, dtype), input.shape, { device, dtype });
  result.requiresGradient = wantsGradient(spec);
  return result;
}
