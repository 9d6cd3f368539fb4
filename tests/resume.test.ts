// Twenty steps are ten steps, a checkpoint, and ten steps in another process: bit for bit, with dropout, augmentation and
// the tuner's choices.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDevice } from "@tessera/tensor";
import { afterAll, describe, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "tessera-resume-"));
const script = join(import.meta.dirname, "resume-steps.mjs");

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a process says that trained. */
interface Trained {
  /** Buckets whose kernels the tuner timed. */
  readonly timed: number;
  readonly variants: Readonly<Record<string, string>>;
}

/** Trains in a process of its own, ten steps before each file that it saves. */
function train(device: string, load: string, ...saves: string[]): Trained {
  const env = { ...process.env, TESSERA_TUNE: "force", TESSERA_TUNE_CACHE: join(folder, "tuned.json") };
  const output = execFileSync(process.execPath, [script, device, load, ...saves], {
    ...{ encoding: "utf8", env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  return JSON.parse(output);
}

async function answers(kind: "cpu" | "webgpu"): Promise<boolean> {
  try {
    await (await openDevice(kind)).destroy();
    return true;
  } catch (error) {
    console.warn(`NOT TESTED: resuming on ${kind}. ${error instanceof Error ? error.message : error}`);
    return false;
  }
}

describe.each(["cpu", "webgpu"] as const)("on %s", async (kind) => {
  it.skipIf(!(await answers(kind)))("a run that was stopped equals one that was not", () => {
    const [ten, twenty, resumed] = ["ten", "twenty", "resumed"].map((name) => join(folder, `${kind}-${name}`));
    const whole = train(kind, "", ten!, twenty!);
    const second = train(kind, ten!, resumed!);
    expect(readFileSync(ten!).equals(readFileSync(twenty!))).toBe(false);
    expect(readFileSync(resumed!).equals(readFileSync(twenty!))).toBe(true);
    // The checkpoint says which kernels to take, so there was nothing left to time.
    expect(second).toEqual({ timed: 0, variants: whole.variants });
    if (kind === "webgpu") expect(whole.timed).toBeGreaterThan(5);
  });
});
