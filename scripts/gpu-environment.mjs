// Which environment to start a process in so that WGSL kernels run: a hardware GPU where one answers, else SwiftShader.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./bootstrap.mjs";
import { swiftshaderEnvironment } from "./swiftshader.mjs";

// A process of its own, because a driver is loaded once and for good, and a broken one may take the process with it.
const probe = `
const { create } = await import("webgpu");
const adapter = await create([]).requestAdapter({ powerPreference: "high-performance" });
if (adapter) {
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info;
  console.log(JSON.stringify({ vendor, architecture, device, description, isFallbackAdapter }));
}
process.exit(0);
`;

/** What the adapter says about itself in a process with these variables, or `null` where none answers. */
function adapterIn(env) {
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", probe], {
    cwd: join(root, "packages", "tensor"), // whose dependency the binding is
    env: { ...process.env, ...env },
    encoding: "utf8",
    timeout: 60_000,
  });
  const line = stdout?.split("\n").find((text) => text.startsWith("{"));
  return line ? JSON.parse(line) : null;
}

function isSoftware({ isFallbackAdapter, ...names }) {
  return (
    isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe|softpipe|basic render/i.test(JSON.stringify(names))
  );
}

function describe({ description, device, vendor }) {
  return description || device || vendor || "unnamed adapter";
}

/**
 * Variables to add to a process's environment, and the adapter that answers with them.
 *
 * @param preferHardware `true` replaces a software adapter of the system's by SwiftShader, so that numbers compare from
 *   machine to machine; `false` takes any adapter of the system's
 * @returns `adapter` is `null` where nothing answers
 */
export function gpuEnvironment({ preferHardware = true } = {}) {
  const swiftshader = swiftshaderEnvironment();
  // A driver may be there without Vulkan's loader, which comes with SwiftShader.
  const loaderOnly = swiftshader && { LD_LIBRARY_PATH: swiftshader.LD_LIBRARY_PATH };
  for (const env of [{}, loaderOnly]) {
    const adapter = env && adapterIn(env);
    if (!adapter || (preferHardware && isSoftware(adapter))) continue;
    return { env, adapter: describe(adapter), software: isSoftware(adapter) };
  }
  const adapter = swiftshader && adapterIn(swiftshader);
  return { env: swiftshader ?? {}, adapter: adapter && describe(adapter), software: true };
}
