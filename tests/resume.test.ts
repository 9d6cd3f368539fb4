// Ten steps are five steps, a checkpoint, and five steps in another process: bit for bit, dropout included.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDevice } from "@tessera/tensor";
import { afterAll, describe, expect, it } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "tessera-resume-"));
const script = join(import.meta.dirname, "resume-steps.mjs");

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Trains in a process of its own; gives the checkpoint that it wrote. */
function steps(device: string, from: number, count: number, load?: string): { path: string; bytes: Buffer } {
  const path = join(folder, `${device}-${from}-${count}.safetensors`);
  execFileSync(process.execPath, [script, device, String(from), String(count), path, load ?? ""], { stdio: "inherit" });
  return { path, bytes: readFileSync(path) };
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
    const whole = steps(kind, 0, 10);
    const first = steps(kind, 0, 5);
    const second = steps(kind, 5, 5, first.path);
    expect(first.bytes.equals(whole.bytes)).toBe(false);
    expect(second.bytes.equals(whole.bytes)).toBe(true);
  });
});
