/** @file What each process of `bench scaling` runs. */
import { launchInfo, openCommunicator } from "@tessera/distributed";
import { adam, type Batch, fit, type Module, type RankCommunicator } from "@tessera/nn";
import { openDevice, randomBits, setDefaultDevice } from "@tessera/tensor";
import { spreadOf } from "./report/record.ts";
import type { StepParts } from "./scaling-model.ts";
import { classes, networks } from "./steps/networks.ts";

/** What the processes of one job do. */
export interface RankSettings {
  readonly network: string;
  /** Images in a step, of all ranks. */
  readonly batchSize: number;
  readonly steps: number;
  readonly batchNorm: "synchronised" | "perRank";
  readonly threads: number;
  /** Whether ranks train together; else each one for itself, at the same time. */
  readonly together: boolean;
}

/** Milliseconds of a step, and of what a rank waited for in it. */
export interface RankTimes {
  readonly step: number;
  /** Gradients, metrics and sums of normalisations: the first may run beside the backward pass. */
  readonly reductions: number;
  /** Statistics: everything waits. */
  readonly gathers: number;
  readonly parts: StepParts;
  /** Milliseconds of adding up all gradients, and of an exchange of a few bytes, while nothing else runs. */
  readonly link: { readonly gradients: number; readonly latency: number } | null;
}

const warmUp = 3;

/** Trains on noise; rank 0 prints its {@link RankTimes}. */
export async function scalingRank(text: string): Promise<void> {
  const settings = JSON.parse(text) as RankSettings;
  const communicator = await openCommunicator({ timeoutSeconds: 300 });
  const device = await openDevice("cpu", { threads: settings.threads });
  setDefaultDevice(device);
  const model = networks[settings.network]!(false);
  const spent = { reductions: 0, gathers: 0 };
  const milliseconds = await timeSteps(model, settings, timing(communicator, spent));
  const parts = partsOf(model, settings, milliseconds);
  const link = communicator.size > 1 ? await timeLink(communicator, parts.gradientBytes) : null;
  const { reductions, gathers } = spent;
  const perStep = { reductions: reductions / settings.steps, gathers: gathers / settings.steps };
  if (launchInfo().rank === 0) console.log(JSON.stringify({ step: milliseconds, ...perStep, parts, link }));
  await communicator.close();
  await device.destroy();
}

async function timeSteps(
  model: Module,
  { batchSize, steps, batchNorm, together }: RankSettings,
  { communicator, reset }: ReturnType<typeof timing>,
): Promise<number> {
  const optimizer = adam(model.parameters());
  const batch = randomBatch(together ? batchSize : batchSize / communicator.size);
  const take = (count: number) =>
    fit(model, optimizer, {
      train: () => Array.from({ length: count }, () => batch),
      ...(together && { distributed: { communicator, batchNorm } }),
    });
  await take(warmUp);
  await communicator.allReduce(new Float32Array(1));
  reset();
  const { seconds } = (await take(steps)).history[0]!;
  return (seconds * 1000) / steps;
}

function partsOf(model: Module, { batchNorm }: RankSettings, compute: number): StepParts {
  const values = model.parameters().reduce((sum, { size }) => sum + size, 0);
  // Two moving statistics a normalisation are all that these networks have besides parameters.
  const layers = model.state().filter(([, value]) => !value.requiresGradient).length / 2;
  const batchNorms = batchNorm === "synchronised" ? layers : 0;
  return { compute, gradientBytes: values * 4, batchNorms };
}

async function timeLink(communicator: RankCommunicator, gradientBytes: number) {
  const median = async (bytes: number, rounds: number) => {
    const values = new Float32Array(new SharedArrayBuffer(bytes));
    const times: number[] = [];
    for (let round = 0; round <= rounds; round++) {
      const begun = performance.now();
      await communicator.allReduce(values);
      if (round > 0) times.push(performance.now() - begun);
    }
    return spreadOf(times).median;
  };
  return { gradients: await median(gradientBytes, 9), latency: await median(512, 99) };
}

/** The same communicator, whose time is counted. */
function timing(communicator: RankCommunicator, spent: { reductions: number; gathers: number }) {
  const counted = async (name: "reductions" | "gathers", call: Promise<void>) => {
    const begun = performance.now();
    await call;
    spent[name] += performance.now() - begun;
  };
  const timed: RankCommunicator = {
    rank: communicator.rank,
    size: communicator.size,
    allReduce: (values, reduction) => counted("reductions", communicator.allReduce(values, reduction)),
    allGather: (values, into) => counted("gathers", communicator.allGather(values, into)),
    broadcast: (values, root) => communicator.broadcast(values, root),
  };
  return { communicator: timed, reset: () => Object.assign(spent, { reductions: 0, gathers: 0 }) };
}

function randomBatch(size: number): Batch {
  const images = Uint8Array.from(randomBits({ seed: 0, stream: 0 }, size * 3072), (bits) => bits >>> 24);
  const labels = Int32Array.from(randomBits({ seed: 0, stream: 1 }, size), (bits) => bits % classes);
  return { images, labels, shape: [size, 32, 32, 3] };
}
