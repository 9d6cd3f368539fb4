// Compiles the AssemblyScript kernels into build/. Each module has a memory of its own, which grows.
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { main as asc } from "assemblyscript/asc";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
mkdirSync(join(root, "build"), { recursive: true });
process.chdir(root);

async function compile(source, outFile) {
  const { error, stderr } = await asc(
    [
      source,
      ...["--optimizeLevel", "3", "--shrinkLevel", "0", "--converge", "--noAssert"],
      ...["--runtime", "stub", "--enable", "simd", "--enable", "bulk-memory"],
      ...["--initialMemory", "1", "--maximumMemory", "65536", "--outFile", outFile],
    ],
    { cwd: root },
  );
  const messages = stderr.toString();
  if (messages) process.stderr.write(messages);
  if (error) throw error;
}

await compile("src/linear/kernels.assembly.ts", "build/kernels.wasm");
await compile("src/image/resize.assembly.ts", "build/resize.wasm");
