// Compiles the AssemblyScript kernel of resizing to build/resize.wasm.
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { main as asc } from "assemblyscript/asc";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
mkdirSync(join(root, "build"), { recursive: true });
process.chdir(root);

const { error, stderr } = await asc([
  "src/image/resize.assembly.ts",
  ...["--optimizeLevel", "3", "--shrinkLevel", "0", "--converge", "--noAssert"],
  ...["--runtime", "stub", "--enable", "simd", "--initialMemory", "1", "--outFile", "build/resize.wasm"],
]);
const messages = stderr.toString();
if (messages) process.stderr.write(messages);
if (error) throw error;
