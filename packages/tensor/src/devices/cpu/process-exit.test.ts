import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "tsup";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let folder = "";

const program = `
import { openCpu } from ${JSON.stringify(fileURLToPath(new URL("cpu-device.ts", import.meta.url)))};
const device = await openCpu({ threads: 2, sharedMemory: process.argv[3] === "shared" });
const block = device.allocate(8 << 20, "block");
const copy = device.allocate(8 << 20, "copy");
const modes = {
  open: async () => {},
  queued: async () => { for (let i = 0; i < 100; i++) device.copy(block, copy, 8 << 20); },
  reading: async () => {
    for (let i = 0; i < 100; i++) device.copy(block, copy, 8 << 20);
    device.read(copy, 4).then(() => console.log("read"));
  },
  idle: async () => {
    await device.read(copy, 4);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = process.cpuUsage();
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { user, system } = process.cpuUsage(before);
    console.log(user + system);
  },
  destroyed: async () => { await device.destroy(); console.log("destroyed"); },
};
await modes[process.argv[2]]();
`;

/** Runs the program from a bundle, as users do, and gives what it printed; fails if it does not end by itself. */
async function run(mode: string, memory: string): Promise<string> {
  const args = [join(folder, "program.mjs"), mode, memory];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 });
  expect(stderr).toBe("");
  return stdout.trim();
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "tessera-cpu-"));
  const entry = join(folder, "program.ts");
  await writeFile(entry, program);
  await build({
    entry: [entry],
    outDir: folder,
    format: "esm",
    target: "es2022",
    outExtension: () => ({ js: ".mjs" }),
    loader: { ".wasm": "binary", ".wgsl": "text", ".txt": "text" },
    config: false,
    silent: true,
    minify: true,
    // Rewrites functions with a helper of the bundle's own, which workers do not have.
    keepNames: true,
  });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(["shared", "own"])("with %s memory", (memory) => {
  it("lets a process exit that leaves the device open", async () => {
    expect(await run("open", memory)).toBe("");
    expect(await run("queued", memory)).toBe("");
  });

  it("keeps a process alive that awaits a read", async () => {
    expect(await run("reading", memory)).toBe("read");
  });

  it("uses no processor time when idle", async () => {
    expect(Number(await run("idle", memory))).toBeLessThan(100_000);
  });

  it("lets a process exit after destroy", async () => {
    expect(await run("destroyed", memory)).toBe("destroyed");
  });
});
