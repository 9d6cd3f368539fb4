/** @file Every adapter that answers, for those who want to look before they choose. */
import { describeAdapter, findAdapter, isSoftware } from "./adapter.ts";
import { openOn } from "./open-webgpu.ts";
import type { WebgpuDevice } from "./webgpu-device.ts";

/** An adapter that answered. */
export interface AdapterEntry {
  /** What a person recognises, as in `NVIDIA H200, ampere`. */
  readonly description: string;
  /** Whether it computes on the processor; `auto` never takes such an adapter. */
  readonly software: boolean;
  /** Most that it offers, in bytes where it is memory. */
  readonly limits: {
    readonly maxBufferSize: number;
    readonly maxStorageBufferBindingSize: number;
    readonly maxStorageBuffersPerShaderStage: number;
    readonly maxComputeWorkgroupStorageSize: number;
    readonly maxComputeInvocationsPerWorkgroup: number;
  };
  /** Names of WebGPU's optional features, sorted. */
  readonly features: readonly string[];
  /** Opens a device on it, once. It becomes the default device if there is none. */
  open(): Promise<WebgpuDevice>;
}

/**
 * The adapters that answer, the one that `openDevice` would be given first; or in words why there is none.
 *
 * Browsers show one adapter a page. In Node, identical GPUs are told as one, because Dawn chooses them by name.
 */
export async function listAdapters(): Promise<AdapterEntry[] | string> {
  const first = await findAdapter();
  if (typeof first === "string") return first;
  const found = new Map([[identity(first), first]]);
  for (const name of await adapterNames()) {
    const adapter = await findAdapter({ adapter: name });
    if (typeof adapter !== "string" && !found.has(identity(adapter))) found.set(identity(adapter), adapter);
  }
  return [...found.values()].map(entry);
}

function identity({ info }: GPUAdapter): string {
  return [info.vendor, info.architecture, info.device, info.description].join("\n");
}

/** Dawn lists the adapters that it has only when it is asked for one that it does not have (webgpu 0.6.2). */
async function adapterNames(): Promise<string[]> {
  const answer = await findAdapter({ adapter: "no adapter has this name" });
  if (typeof answer !== "string") return [];
  return Array.from(answer.matchAll(/^ \* backend: '(?!null)[^']*', name: '(.+)'$/gm), (match) => match[1]!);
}

function entry(adapter: GPUAdapter): AdapterEntry {
  const { limits } = adapter;
  return {
    description: describeAdapter(adapter),
    software: isSoftware(adapter),
    limits: {
      maxBufferSize: limits.maxBufferSize,
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
    },
    features: [...adapter.features].sort(),
    open: () => openOn(adapter),
  };
}
