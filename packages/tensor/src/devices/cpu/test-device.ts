/** @file Opens a device on the test kernels; for this folder's tests. */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { main as compile } from "assemblyscript/asc";
import { type CpuBlock, type CpuDevice, type StartOptions, startCpu } from "./cpu-device.ts";
import { unsharedModule } from "./unshared-module.ts";

let kernels: Promise<Uint8Array<ArrayBuffer>> | undefined;

async function compileTestKernels(): Promise<Uint8Array<ArrayBuffer>> {
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
  return bytes;
}

/** A device on the test kernels, on shared memory by default; destroy it at the end. */
export async function openTestDevice({ sharedMemory = true, ...options }: Partial<StartOptions>): Promise<CpuDevice> {
  kernels ??= compileTestKernels();
  const module = await WebAssembly.compile(sharedMemory ? await kernels : unsharedModule(await kernels));
  return startCpu({ module, build: "plain" }, { threads: 1, ...options, sharedMemory });
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
