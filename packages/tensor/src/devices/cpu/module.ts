/** @file Which of the two builds of the kernels to use, and what is in it. */
import { DeviceError } from "../../errors.ts";
import { enableRelaxedSimd, policyHints } from "./platform.ts";
import { unsharedModule } from "./unshared-module.ts";

/** `relaxed` has fused multiply-add. */
export type KernelBuild = "relaxed" | "plain";

/** A compiled module of kernels. */
export interface KernelModule {
  readonly module: WebAssembly.Module;
  readonly build: KernelBuild;
}

/** A kernel as the device knows it: by index in the module's exports. */
export interface KernelEntry {
  readonly index: number;
  /** Arguments of a launch: the function's own, less thread and threads. */
  readonly arity: number;
}

/**
 * Compiles the kernels: with relaxed SIMD where the engine has it.
 *
 * @param shared whether the memory that they run on is shared
 * @param relaxedSimd `false` for the plain build, `true` to fail where there is no relaxed SIMD
 */
export async function loadKernels(shared: boolean, relaxedSimd?: boolean): Promise<KernelModule> {
  const relaxed = relaxedSimd === false ? null : await relaxedKernels();
  if (relaxedSimd && !relaxed) throw new DeviceError("cpu: this JavaScript engine has no relaxed WebAssembly SIMD");
  // Each build is a part of the bundle that is loaded when it is needed.
  const bytes = relaxed ?? (await import("../../../build/kernels.wasm")).default;
  try {
    const module = await WebAssembly.compile(shared ? bytes : unsharedModule(bytes));
    return { module, build: relaxed ? "relaxed" : "plain" };
  } catch (cause) {
    throw new DeviceError("cpu: this JavaScript engine does not compile the WebAssembly kernels", {
      hints: policyHints(),
      cause,
    });
  }
}

/** The build for relaxed SIMD, or `null` where the engine has none. */
async function relaxedKernels(): Promise<Uint8Array<ArrayBuffer> | null> {
  const { default: bytes } = await import("../../../build/kernels-relaxed.wasm");
  if (WebAssembly.validate(bytes)) return bytes;
  enableRelaxedSimd();
  return WebAssembly.validate(bytes) ? bytes : null;
}

/** Names of the kernels in a module, in the order of their indices. */
export function kernelNames(module: WebAssembly.Module): string[] {
  return WebAssembly.Module.exports(module).flatMap(({ kind, name }) => (kind === "function" ? [name] : []));
}

/** What each kernel takes. Instantiates the module, because only an instance's functions tell how many parameters they have. */
export function kernelEntries(module: WebAssembly.Module, memory: WebAssembly.Memory): Map<string, KernelEntry> {
  const { exports } = new WebAssembly.Instance(module, { env: { memory, abort: () => {} } });
  const names = kernelNames(module);
  return new Map(names.map((name, index) => [name, { index, arity: (exports[name] as () => void).length - 2 }]));
}

/** What a read says after a kernel that did not return. */
export function kernelFailed(kernel: string, text: string): DeviceError {
  return new DeviceError(`${kernel}: the kernel failed on the cpu device: ${text}`);
}
