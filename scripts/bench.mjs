// `npm run bench -- <benchmark> [options]`: installs and builds what is missing, then runs apps/bench.
import { join } from "node:path";
import { installAndBuild, root, run } from "./bootstrap.mjs";

const args = process.argv.slice(2);

/** Whether `--device webgpu` or `--device=webgpu` is among the arguments. */
function asksForWebgpu() {
  return args.includes("--device=webgpu") || args[args.indexOf("--device") + 1] === "webgpu";
}

/** SwiftShader's variables where WebGPU is asked for and no adapter answers by itself. */
async function environment() {
  if (!asksForWebgpu()) return {};
  const { gpuEnvironment } = await import("./gpu-environment.mjs");
  return gpuEnvironment({ preferHardware: false }).env;
}

const status = await installAndBuild();
process.exitCode =
  status === 0
    ? await run(process.execPath, [join(root, "apps", "bench", "dist", "main.js"), ...args], {
        env: await environment(),
      })
    : status;
