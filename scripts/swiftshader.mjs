// Unpacks SwiftShader, a Vulkan driver that runs on the processor, from a development dependency, so that WGSL kernels
// run in tests on a machine with no GPU and no system package. Prints nothing; gives the environment to start with.
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const folder = join(root, ".cache", "swiftshader");

/** Environment variables that make the Vulkan loader find SwiftShader, or `null` where it does not run. */
export function swiftshaderEnvironment() {
  if (process.platform !== "linux" || process.arch !== "x64") return null;
  if (!existsSync(join(folder, "libvk_swiftshader.so"))) unpack();
  return {
    LD_LIBRARY_PATH: [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(":"),
    VK_DRIVER_FILES: join(folder, "vk_swiftshader_icd.json"),
  };
}

function unpack() {
  const require = createRequire(import.meta.url);
  const archive = join(dirname(require.resolve("@sparticuz/chromium")), "..", "..", "bin", "swiftshader.tar.br");
  const partial = `${folder}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  for (const { name, bytes } of tarEntries(brotliDecompressSync(readFileSync(archive)))) {
    writeFileSync(join(partial, name), bytes);
  }
  rmSync(folder, { recursive: true, force: true });
  renameSync(partial, folder);
}

/** Plain files of a tar archive: a header block of 512 bytes, then the contents padded to blocks. */
function* tarEntries(tar) {
  for (let offset = 0; offset + 512 <= tar.length && tar[offset] !== 0; ) {
    const text = (from, length) => tar.toString("latin1", offset + from, offset + from + length).replace(/\0.*$/s, "");
    const size = Number.parseInt(text(124, 12), 8) || 0;
    const name = text(0, 100).split("/").pop();
    if (name && ["", "0"].includes(text(156, 1)))
      yield { name, bytes: tar.subarray(offset + 512, offset + 512 + size) };
    offset += 512 + Math.ceil(size / 512) * 512;
  }
}

// As a program: runs a command under that environment.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { spawnSync } = await import("node:child_process");
  const [command, ...rest] = process.argv.slice(2);
  const { status } = spawnSync(command, rest, {
    stdio: "inherit",
    env: { ...process.env, ...swiftshaderEnvironment() },
  });
  process.exitCode = status ?? 1;
}
