// `tessera doctor` as a person runs it: the built command, in environments with more and less than this machine has.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");
const command = join(root, "packages/cli/bin/tessera.js");
const swiftshader = join(root, "scripts/swiftshader.mjs");

/** No loader finds a driver here, whatever the machine has. */
const noDriver = { VK_DRIVER_FILES: "/nonexistent.json", VK_ICD_FILENAMES: "/nonexistent.json", LD_LIBRARY_PATH: "" };

function run(program: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: "utf8",
    env: { ...process.env, ...environment },
  });
  return { code: status, out: stdout, err: stderr };
}

beforeAll(() => {
  if (!existsSync(join(root, "packages/cli/dist/main.js"))) throw new Error("the command is not built: npm run build");
});

function expectWhole(out: string): void {
  for (const heading of ["Machine", "Devices", "Image codecs"]) expect(out).toMatch(new RegExp(`^${heading}$`, "m"));
  expect(out).toMatch(/^ {2}Node {8}\d+\.\d+\.\d+ \(20\.19 or later is needed\)$/m);
  expect(out).toMatch(/^ {2}cpu {9}\d+ threads?, WebAssembly (relaxed )?SIMD\n {14}[\d.,]+ GFLOP\/s .*checked\)$/m);
  expect(out).toMatch(/^ {2}auto {8}--device auto takes (cpu|webgpu): /m);
  for (const line of out.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
}

describe("tessera doctor", () => {
  it("looks at this machine", () => {
    const { code, out, err } = run(process.execPath, [command, "doctor"]);
    expect(code).toBe(0);
    expect(err).toBe("");
    expectWhole(out);
  });

  it.skipIf(process.platform !== "linux")("has clear words where there is no GPU", () => {
    const { code, out, err } = run(process.execPath, [command, "doctor"], noDriver);
    expect(code).toBe(0);
    expect(err).toBe("");
    expectWhole(out);
    expect(out).toMatch(/^ {2}webgpu {6}none: no adapter answered/m);
    expect(out).toContain("--device auto takes cpu: no GPU answers");
    expect(out).toMatch(/^For more\n {2}- For a GPU: install /m);
  });

  const hasTaskset = process.platform === "linux" && run("taskset", ["--version"]).code === 0;
  if (!hasTaskset) console.warn("SKIPPED: doctor on one core: there is no taskset");

  it.skipIf(!hasTaskset)("runs on one core", () => {
    const { code, out } = run("taskset", ["-c", "0", process.execPath, command, "doctor"], noDriver);
    expect(code).toBe(0);
    expectWhole(out);
    expect(out).toMatch(/^ {2}Cores {7}1(: training works, on one thread| of \d+ may be used)$/m);
    expect(out).toMatch(/^ {2}cpu {9}1 thread,/m);
  });

  const hasSwiftshader = process.platform === "linux" && process.arch === "x64";

  it.skipIf(!hasSwiftshader)("shows a software adapter, which auto does not take", () => {
    const { code, out, err } = run(process.execPath, [swiftshader, process.execPath, command, "doctor", "--json"]);
    expect(err).toBe("");
    expect(code).toBe(0);
    const report = JSON.parse(out);
    const adapter = report.devices.find(({ software }: { software?: boolean }) => software);
    expect(adapter).toMatchObject({ kind: "webgpu", description: expect.stringContaining("SwiftShader") });
    expect(adapter.speed.gflops).toBeGreaterThan(0);
    expect(adapter.limits.maxBufferSize).toBeGreaterThan(2 ** 27);
    expect(adapter.features).toContain("timestamp-query");
    expect(report.auto).toMatchObject({ device: "cpu", reason: expect.stringContaining("software") });
    expect(report.devices[0].threads).toBe(report.machine.cores.usable);
  });
});
