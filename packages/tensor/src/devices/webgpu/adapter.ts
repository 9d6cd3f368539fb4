/** @file Finds an adapter: the browser's, or Dawn's through the `webgpu` package in Node. */
import { ArgumentError, DeviceError } from "../../errors.ts";

/** Which adapter to take. */
export interface AdapterOptions {
  /** Part of an adapter's name, in Node only; default: the one that Dawn prefers. */
  readonly adapter?: string;
  /** Dawn toggles to enable, in Node only, as in `["disable_robustness"]`. */
  readonly toggles?: readonly string[];
  /**
   * `"null"`, in Node only: Dawn's backend that checks every command and carries none out, on any machine. What is read
   * means nothing; it is there to compile kernels without a GPU, and to time the JavaScript of a step by itself.
   */
  readonly backend?: "null";
}

/** Limits that are asked for when the adapter has more than WebGPU's defaults, which are too small for training. */
const wantedLimits = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
] as const;

/** Features that are switched on where they exist. */
const wantedFeatures: readonly GPUFeatureName[] = ["timestamp-query", "subgroups", "shader-f16"];

/** An adapter, or the reason why there is none. */
export async function findAdapter(options: AdapterOptions = {}): Promise<GPUAdapter | string> {
  const gpu = await findGpu(options);
  if (typeof gpu === "string") return gpu;
  let adapter: GPUAdapter | null;
  try {
    adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  } catch (error) {
    // Dawn throws when it has no adapter of the name that was asked for, and lists those that it has.
    return `no adapter answered: ${error instanceof Error ? error.message : error}`;
  }
  return adapter ?? "no adapter answered (no GPU, or no driver that offers Vulkan, Metal or Direct3D 12)";
}

/**
 * Dawn's instances by their options, kept for good: devices go on using the one that they came from, and the binding
 * does not keep it from the garbage collector (webgpu 0.6.2; the process aborts).
 */
const instances = new Map<string, GPU>();

async function findGpu({ adapter, toggles = [], backend }: AdapterOptions): Promise<GPU | string> {
  if (backend !== undefined && backend !== "null")
    throw new ArgumentError(`openWebgpu: backend: expected "null", got ${backend}`);
  if (typeof navigator !== "undefined" && navigator.gpu) return navigator.gpu;
  if (typeof process === "undefined") return "this browser has no navigator.gpu";
  // Dawn would print a warning of its own to standard error.
  if (!backend && process.platform === "linux" && !hasVulkanLoader()) {
    return "no adapter answered: there is no Vulkan loader (libvulkan.so.1), which comes with a GPU's driver";
  }
  const flags = [...(backend ? [`backend=${backend}`] : []), ...(adapter === undefined ? [] : [`adapter=${adapter}`])];
  const enabled = ["vulkan_enable_f16_on_nvidia", ...toggles];
  try {
    // A variable, so that bundlers for browsers leave the native package alone.
    const native = "webgpu";
    const { create } = (await import(native)) as { create: (flags: string[]) => GPU };
    const options = [
      ...flags,
      `enable-dawn-features=${enabled.join(",")}`,
      "disable-dawn-features=timestamp_quantization",
    ];
    const key = options.join(" ");
    const instance = instances.get(key) ?? create(options);
    instances.set(key, instance);
    return instance;
  } catch (error) {
    return `the webgpu package does not load here: ${error instanceof Error ? error.message.split("\n")[0] : error}`;
  }
}

/** Whether the system's linker finds the Vulkan loader. It is no addon, so that loading it as one fails either way. */
function hasVulkanLoader(): boolean {
  try {
    process.dlopen({ exports: {} }, "libvulkan.so.1");
  } catch (error) {
    return !String(error).includes("cannot open shared object file");
  }
  return true;
}

/** Whether the adapter computes on the processor; such adapters are only taken when asked for. */
export function isSoftware({ info }: GPUAdapter): boolean {
  const text = `${info.vendor} ${info.architecture} ${info.device} ${info.description}`;
  return info.isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe|softpipe|basic render/i.test(text);
}

/** `NVIDIA H200 (vulkan)`: what a person recognises. */
export function describeAdapter({ info }: GPUAdapter): string {
  return [info.description || info.device || info.vendor || "unnamed adapter", info.architecture]
    .filter(Boolean)
    .join(", ");
}

/** Asks the adapter for a device with all the memory and the features that it offers. */
export async function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  const requiredLimits = Object.fromEntries(wantedLimits.map((name) => [name, adapter.limits[name]]));
  const requiredFeatures = wantedFeatures.filter((feature) => adapter.features.has(feature));
  try {
    return await adapter.requestDevice({ requiredLimits, requiredFeatures });
  } catch (cause) {
    throw new DeviceError(`webgpu: ${describeAdapter(adapter)} gave no device`, { cause });
  }
}
