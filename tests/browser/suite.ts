/** @file What a page does on each device, and tells about it. It runs in Node too, whose errors are compared. */
import {
  conv2d,
  crossEntropy,
  type Device,
  type DeviceChoice,
  gradients,
  matmul,
  maxPool,
  openDevice,
  relu,
  reshape,
  SgdWords,
  scope,
  sgdUpdate,
  stepRing,
  type Tensor,
  tensor,
  uniform,
} from "@tessera/tensor";
import { checkCase, type OpCase } from "@tessera/tensor/testing";

/** Cases that were checked against the float64 oracle. */
export interface CaseReport {
  readonly forward: number;
  /** Those of them whose gradients were checked too. */
  readonly backward: number;
  /** One line for each that failed. */
  readonly failures: readonly string[];
  readonly seconds: number;
}

/** What a device did in a page. */
export interface DeviceReport {
  /** As the device describes itself: the adapter, or threads, SIMD and memory. */
  readonly description: string;
  readonly isolated: boolean;
  readonly cases: CaseReport;
  readonly losses: readonly number[];
  readonly mistakes: readonly string[];
}

/** Enough to see every kernel in a browser; the whole table is checked in Node. */
const casesPerOp = 3;

/** Memory that {@link mistakes} runs out of. */
const memoryLimit = 32 << 20;

/** The first few cases of every op: their names begin with it. */
function quickSlice(cases: readonly OpCase[]): OpCase[] {
  const seen = new Map<string, number>();
  return cases.filter(({ name }) => {
    const op = /^\w+/.exec(name)?.[0] ?? name;
    seen.set(op, (seen.get(op) ?? 0) + 1);
    return seen.get(op)! <= casesPerOp;
  });
}

/** Checks cases, forward and backward. */
async function checkCases(device: Device, cases: readonly OpCase[]): Promise<CaseReport> {
  const failures: string[] = [];
  const start = performance.now();
  for (const one of cases) await checkCase(device, one).catch((error) => failures.push(`${one.name}: ${error}`));
  const backward = cases.filter(({ referenceGradient }) => referenceGradient).length;
  return { forward: cases.length, backward, failures, seconds: (performance.now() - start) / 1000 };
}

/** Ten steps of gradient descent on a small convolutional net and eight images; gives the losses. */
async function train(device: Device): Promise<number[]> {
  const draw = (stream: number, shape: readonly number[], scale: number) =>
    tensor(
      uniform(
        { seed: 1, stream },
        shape.reduce((a, b) => a * b, 1),
        -scale,
        scale,
      ),
      shape,
      { device },
    );
  const [images, filters, weights] = [draw(0, [8, 8, 8, 3], 1), draw(1, [3, 3, 3, 8], 0.3), draw(2, [128, 4], 0.3)];
  const labels = tensor(Int32Array.of(0, 1, 2, 3, 0, 1, 2, 3), [8], { device });
  const words = new SgdWords(device);
  words.set({ learningRate: 0.2 });
  filters.requiresGradient = true;
  weights.requiresGradient = true;
  const readings = Array.from({ length: 10 }, () =>
    scope(() => {
      const hidden = maxPool(relu(conv2d(images, filters, { padding: "same" })), { window: 2 });
      const loss = crossEntropy(matmul(reshape(hidden, [8, 128]), weights), labels);
      const slopes = gradients(loss, [filters, weights]);
      [filters, weights].forEach((parameters, i) => {
        sgdUpdate({ parameters }, slopes[i] as Tensor, { momentum: 0, nesterov: false, words });
      });
      return stepRing(device).push(loss);
    }),
  );
  const losses = await Promise.all(readings.map((reading) => reading.value()));
  for (const one of [images, filters, weights, labels, words]) one.dispose();
  return losses;
}

/** What a device says to a mistake, to too little memory and after its end; and that it computes on in between. */
export async function mistakes(choice: DeviceChoice, options: { readonly sharedMemory?: boolean } = {}) {
  const device = await openDevice(choice, { ...options, memoryLimit });
  const said: string[] = [];
  const attempt = async (what: () => unknown) => {
    try {
      said.push(`nothing: ${await what()}`);
    } catch (error) {
      said.push(String(error));
    }
  };
  const ones = (...shape: number[]) =>
    tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1), shape, { device });
  await attempt(() => scope(() => void matmul(ones(2, 3), ones(4, 5))));
  await attempt(() => scope(() => void ones(1 << 23)));
  if (device.kind === "cpu") {
    device.run("copyBytes", [0, 2 ** 32 - 64, 1 << 20]);
    await attempt(() => device.read(device.stepWords.current(), 4));
  }
  const sum = scope(() => matmul(ones(1, 3), ones(3, 1)));
  said.push(`then: ${await sum.item()}`);
  await device.destroy();
  await attempt(() => sum.data());
  return said;
}

/** What the page's own program offers to whoever drives the page. */
export interface PageSuite {
  /** What `openDevice("auto")` takes. */
  automatic(): Promise<string>;
  /** Opens a device, which stays open until {@link PageSuite.close}. */
  open(choice: DeviceChoice): Promise<string>;
  /** Everything on this page, on the device that is open. */
  report(): Promise<DeviceReport>;
  close(): Promise<void>;
}

/** The suite over a table of cases. */
export function pageSuite(cases: readonly OpCase[]): PageSuite {
  let device: Device | null = null;
  return {
    async automatic() {
      const chosen = await openDevice("auto");
      await chosen.destroy();
      return chosen.description;
    },
    async open(choice) {
      device = await openDevice(choice);
      return device.description;
    },
    async report() {
      if (!device) throw new Error("open a device first");
      return {
        description: device.description,
        isolated: globalThis.crossOriginIsolated,
        cases: await checkCases(device, quickSlice(cases)),
        losses: await train(device),
        mistakes: await mistakes(device.kind),
      };
    },
    async close() {
      await device?.destroy();
      device = null;
    },
  };
}
