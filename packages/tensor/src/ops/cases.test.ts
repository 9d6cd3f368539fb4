import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openCpu } from "../devices/cpu/cpu-device.ts";
import { setDefaultDevice } from "../devices/default-device.ts";
import type { Device } from "../devices/device.ts";
import type { OpCase } from "../testing/case.ts";
import { type CaseResult, checkCase, checkSameBits } from "../testing/check-case.ts";
import { checkOracle } from "../testing/check-oracle.ts";
import { openTestDevices } from "../testing/devices.ts";
import { opCases } from "./cases.ts";

const devices = await openTestDevices();

afterAll(async () => {
  for (const { device } of devices) await device.destroy();
});

describe("the case table", () => {
  it("names every case once", () => {
    const names = opCases.map(({ name }) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });
});

describe("oracles agree with finite differences", () => {
  const smooth = opCases.filter(({ referenceGradient, notSmooth }) => referenceGradient && notSmooth === undefined);

  it.each(named(smooth))("%s", (_, opCase) => {
    expect(checkOracle(opCase)).toBe(true);
  });
});

describe.each(devices)("$name agrees with the oracle", ({ device }) => {
  it.each(named(opCases))("%s", async (_, opCase) => {
    await checkCase(device, opCase);
  });
});

describe("the number of threads changes no bit", () => {
  const [two, one] = ["cpu with 2 threads", "cpu with 1 thread"].map((name) =>
    devices.find((each) => each.name === name),
  );

  it.each(named(opCases))("%s", async (_, opCase) => {
    const results: CaseResult[] = [];
    for (const each of [two, one]) results.push(await checkCase(each!.device, opCase));
    checkSameBits(opCase.name, results[0]!, results[1]!);
  });
});

describe("one worker that owns its memory", () => {
  // One case of every op and kind of input: the kernels are the same, only how they get their commands is not.
  const slice = opCases.filter(({ name }, i) => name.split(/[ :[]/)[0] !== opCases[i - 1]?.name.split(/[ :[]/)[0]);
  const two = devices.find(({ name }) => name === "cpu with 2 threads")!;
  let own: Device;

  beforeAll(async () => {
    own = await openCpu({ sharedMemory: false });
    setDefaultDevice(null);
  });

  afterAll(() => own.destroy());

  it.each(named(slice))("agrees with the oracle and with threads: %s", async (name, opCase) => {
    checkSameBits(name, await checkCase(own, opCase), await checkCase(two.device, opCase));
  });
});

/** With names in front, which vitest then prints whole. */
function named(cases: readonly OpCase[]): [string, OpCase][] {
  return cases.map((opCase) => [opCase.name, opCase]);
}
