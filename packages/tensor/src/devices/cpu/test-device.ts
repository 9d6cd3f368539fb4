/** @file Opens a device on the test kernels; for this folder's tests. */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { main as compile } from "assemblyscript/asc";
import { type CpuBlock, type CpuDevice, startCpu } from "./cpu-device.ts";
import type { SharedTransportOptions } from "./shared-transport.ts";

let module: Promise<WebAssembly.Module> | undefined;

async function compileTestKernels(): Promise<WebAssembly.Module> {
  const directory = dirname(fileURLToPath(import.meta.url));
  let bytes: Uint8Array<ArrayBuffer> | undefined;
  const features = ["simd", "threads", "bulk-memory"].flatMap((feature) => ["--enable", feature]);
  const memory = ["--importMemory", "--sharedMemory", "--initialMemory", "1", "--maximumMemory", "65536"];
  const { error, stderr } = await compile(
    [
      "test-kernels.assembly.ts",
      "--baseDir",
      directory,
      "--outFile",
      "out.wasm",
      "-O2",
      "--runtime",
      "stub",
      ...features,
      ...memory,
    ],
    {
      writeFile: (_name: string, contents: Uint8Array) => {
        bytes = Uint8Array.from(contents);
      },
    } as Parameters<typeof compile>[1],
  );
  if (error || !bytes) throw new Error(`test kernels: ${stderr.toString()}`, { cause: error });
  return WebAssembly.compile(bytes);
}

/** A device on the test kernels; destroy it at the end. */
export async function openTestDevice(options: SharedTransportOptions): Promise<CpuDevice> {
  module ??= compileTestKernels();
  return startCpu({ module: await module, build: "plain" }, options);
}

/** A block that holds `values`. */
export function upload(device: CpuDevice, values: readonly number[] | Float32Array): CpuBlock {
  const floats = Float32Array.from(values);
  const block = device.allocate(floats.byteLength, "test");
  device.write(block, new Uint8Array(floats.buffer));
  return block;
}

/** The floats in a block. */
export async function floatsIn(device: CpuDevice, block: CpuBlock, length = block.byteLength / 4): Promise<number[]> {
  return [...new Float32Array(await device.read(block, length * 4))];
}
