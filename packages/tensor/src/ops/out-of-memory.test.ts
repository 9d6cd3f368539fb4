/** @file Memory that runs out anywhere within an op: what was taken is given back, and the op works the next time. */
import { afterAll, describe, expect, it, vi } from "vitest";
import { openCpu } from "../devices/cpu/cpu-device.ts";
import { setDefaultDevice } from "../devices/default-device.ts";
import type { Device } from "../devices/device.ts";
import { DeviceError } from "../errors.ts";
import { scope } from "../scope.ts";
import { tensor } from "../tensor.ts";
import type { OpCase } from "../testing/case.ts";
import { checkCase, computeCase } from "../testing/check-case.ts";
import { drawOutputGradients, referenceOutputs } from "../testing/check-oracle.ts";
import { openWebgpuOrWarn } from "../testing/devices.ts";
import { drawInputs } from "../testing/inputs.ts";
import { opCases } from "./cases.ts";
import { clipGradientNorm } from "./clip-gradients/clip-gradients.ts";
import { RmspropWords, rmspropUpdate } from "./rmsprop/rmsprop.ts";

const devices = [
  { name: "cpu", device: (await openCpu({ threads: 2 })) as Device },
  { name: "webgpu", device: await openWebgpuOrWarn() },
].filter((each): each is { name: string; device: Device } => each.device !== null);
setDefaultDevice(null);

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

/** Besides the first case of every op and kind: sums in several passes, several planes, and Winograd's way. */
const severalBlocks =
  /^(sum \[4999\]|max \[3, 1031\]|sumOfSquares|depthwiseConv2d 2×6×7×3 3×3×2|conv2d 3×8×8×16|batchNorm \[1031|crossEntropy of \[33, 7\])/;

const chosen = opCases.filter(
  ({ name }, i) => kindOf(name) !== kindOf(opCases[i - 1]?.name ?? "") || severalBlocks.test(name),
);

describe.each(devices)("without memory on $name", ({ device }) => {
  it.each(chosen.map((opCase): [string, OpCase] => [opCase.name, opCase]))("%s", async (name, opCase) => {
    const inputs = drawInputs(name, opCase.inputs);
    const seeds = drawOutputGradients(opCase, referenceOutputs(opCase, inputs));
    checkEveryAllocation(device, () => {
      scope(() => void computeCase(device, opCase, inputs, seeds));
    });
    await checkCase(device, opCase);
  });

  it("updates and clipping", async () => {
    using words = new RmspropWords(device);
    words.set(0.1, 0);
    const size = 300_000; // of which many partial sums are taken
    using parameters = tensor(new Float32Array(size).fill(1), undefined, { device });
    using meanSquare = tensor(new Float32Array(size), undefined, { device });
    using gradients = tensor(new Float32Array(size).fill(1), undefined, { device });
    const settings = { rho: 0.9, epsilon: 1e-8, momentum: 0, centered: false, words };
    device.stepWords.current();
    checkEveryAllocation(device, () => rmspropUpdate({ parameters, meanSquare }, gradients, settings));
    checkEveryAllocation(device, () => clipGradientNorm([gradients], 1e6).dispose());
    expect((await gradients.data()).every((value) => value === 1)).toBe(true);
  });
});

/**
 * Runs `body` with its first allocation refused, then its second, and so on until it succeeds, checking each time that
 * the refusal is what it throws and that the device has handed out what it had before.
 */
function checkEveryAllocation(device: Device, body: () => void): void {
  body(); // constants, which stay
  const before = handedOut(device);
  const allocate = device.allocate.bind(device) as (byteLength: number, purpose: string) => never;
  for (let refused = 1; ; refused++) {
    let calls = 0;
    const stub = vi.spyOn(device, "allocate").mockImplementation((byteLength: number, purpose: string) => {
      if (++calls === refused) throw new DeviceError(`no memory for ${purpose}`);
      return allocate(byteLength, purpose);
    });
    let thrown: unknown = null;
    try {
      body();
    } catch (error) {
      thrown = error;
    } finally {
      stub.mockRestore();
    }
    if (calls < refused) expect(thrown).toBe(null);
    else expect(String(thrown)).toMatch(/^DeviceError: no memory for /);
    expect(handedOut(device), `after allocation ${refused}`).toEqual(before);
    if (calls < refused) return;
  }
}

function handedOut(device: Device): { liveBlocks: number; liveBytes: number } {
  const { liveBlocks, liveBytes } = device.memory();
  return { liveBlocks, liveBytes };
}

/** The op, and what kind of operands it has where the name says so. */
function kindOf(name: string): string | undefined {
  return name.split(/[ :[]/)[0];
}
