// Compiles the AssemblyScript kernels twice: with relaxed SIMD (fused multiply-add) and without.
// Memory is imported and shared; the device decides how large it is.
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { main as asc } from "assemblyscript/asc";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
mkdirSync(join(root, "build"), { recursive: true });

const common = [
  "src/kernels.assembly.ts",
  ...["--optimizeLevel", "3", "--shrinkLevel", "0", "--noAssert"],
  // Not --converge: it takes four times as long, and the kernels gain nothing by it.
  ...["--runtime", "stub", "--enable", "simd", "--enable", "threads", "--enable", "bulk-memory"],
  // The first 64 KiB hold the kernels' constant tables; the device allocates above them.
  ...["--importMemory", "--sharedMemory", "--initialMemory", "1", "--maximumMemory", "65536", "--memoryBase", "1024"],
];

async function compile(outFile, extra) {
  const { error, stderr } = await asc([...common, "--outFile", outFile, ...extra], { cwd: root });
  const messages = stderr.toString();
  if (messages) process.stderr.write(messages);
  if (error) throw error;
}

process.chdir(root);
await compile("build/kernels-relaxed.wasm", ["--enable", "relaxed-simd"]);
await compile("build/kernels.wasm", []);
