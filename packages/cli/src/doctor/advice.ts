/** @file What to install for more. */
import type { CodecReport } from "@tessera/data";
import type { DevicesReport } from "./devices.ts";
import type { Machine } from "./machine.ts";

/** One sentence for each thing that would help; none where everything is there. */
export function advise(
  machine: Machine,
  { devices, noWebgpu }: DevicesReport,
  codecs: readonly CodecReport[],
): string[] {
  const advice: string[] = [];
  if (!machine.node.enough) {
    advice.push(`Install Node ${machine.node.required} or later: ${machine.node.version} is not supported.`);
  }
  const hasGpu = devices.some(({ kind, software }) => kind === "webgpu" && !software);
  if (!hasGpu) advice.push(forGpu(machine.platform, noWebgpu ?? ""));
  if (devices.some(({ relaxedSimd }) => relaxedSimd === false)) {
    advice.push(
      "For a faster cpu device: a JavaScript engine with relaxed WebAssembly SIMD (Node 20.19 has it on x64).",
    );
  }
  const sharp = codecs.find(({ library }) => library === "sharp");
  if (sharp?.missing) {
    advice.push(`For JPEG as OpenCV decodes it, and faster: npm install sharp (now: ${sharp.missing}).`);
  }
  return advice;
}

function forGpu(platform: string, reason: string): string {
  if (platform !== "linux") return "For a GPU: one with a current driver (Metal on macOS, Direct3D 12 on Windows).";
  const loader = reason.includes("Vulkan loader") ? "the Vulkan loader (Debian, Ubuntu: libvulkan1) and " : "";
  return (
    `For a GPU: install ${loader}its Vulkan driver (AMD, Intel: mesa-vulkan-drivers; NVIDIA: its own driver). ` +
    "In a container, it must be passed in; NVIDIA's runtime passes Vulkan with NVIDIA_DRIVER_CAPABILITIES=all."
  );
}
