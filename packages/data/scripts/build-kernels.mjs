// Compiles the AssemblyScript kernels into build/kernels.wasm. The module has a memory of its own, which grows.
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { main as asc } from "assemblyscript/asc";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
mkdirSync(join(root, "build"), { recursive: true });
process.chdir(root);

const { error, stderr } = await asc(
  [
    "src/linear/kernels.assembly.ts",
    ...["--optimizeLevel", "3", "--shrinkLevel", "0", "--converge", "--noAssert"],
    ...["--runtime", "stub", "--enable", "simd", "--enable", "bulk-memory"],
    ...["--initialMemory", "1", "--maximumMemory", "65536", "--outFile", "build/kernels.wasm"],
  ],
  { cwd: root },
);
const messages = stderr.toString();
if (messages) process.stderr.write(messages);
if (error) throw error;
