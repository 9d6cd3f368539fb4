// What every root command starts with: the pinned pnpm, the dependencies, the build. Needs Node and npm only.
// As a program: `node scripts/bootstrap.mjs [--skip-install]` installs and builds.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..");

/** Runs a program from the repository's root, its output going to the terminal. Gives the exit status. */
export function run(command, args, { env = {}, cwd = root } = {}) {
  return new Promise((resolve) => {
    // On Windows npm and the programs under node_modules/.bin are scripts, which only a shell starts.
    const shell = process.platform === "win32" && command !== process.execPath;
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: "inherit", shell });
    // Ctrl-C reaches the child too, which may have something to save: this process ends when the child has.
    const hold = () => {};
    process.on("SIGINT", hold);
    child.on("close", () => process.removeListener("SIGINT", hold));
    child.on("error", (error) => {
      console.error(`${command}: ${error.message}`);
      resolve(1);
    });
    child.on("exit", (status, signal) => resolve(signal ? 1 : status));
  });
}

/** Runs a program that a development dependency brought. */
export function runTool(name, args, options) {
  return run(join(root, "node_modules", ".bin", name), args, options);
}

/** Folder of the pnpm that package.json pins, fetched through npm the first time. */
function pnpmFolder() {
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return join(root, ".cache", packageManager.replace("@", "-"));
}

/** The pinned pnpm as a script for Node to run; `null` until {@link fetchPnpm} has run. */
export function pnpmScript() {
  const script = join(pnpmFolder(), "node_modules", "pnpm", "bin", "pnpm.cjs");
  return existsSync(script) ? script : null;
}

async function fetchPnpm() {
  if (pnpmScript()) return 0;
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const partial = `${pnpmFolder()}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  const quiet = ["--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"];
  const status = await run("npm", ["install", "--prefix", partial, ...quiet, packageManager], { cwd: partial });
  if (status === 0) {
    rmSync(pnpmFolder(), { recursive: true, force: true });
    renameSync(partial, pnpmFolder());
  } else rmSync(partial, { recursive: true, force: true });
  return status;
}

/** Installs exactly what the lock file says. What is installed already needs no network. */
export async function install() {
  const status = await fetchPnpm();
  if (status !== 0) return status;
  const quiet = ["--reporter=append-only", "--config.confirm-modules-purge=false"];
  return run(process.execPath, [pnpmScript(), "install", "--frozen-lockfile", "--prefer-offline", ...quiet]);
}

/** Builds every package that changed, in the order of their dependencies. */
export async function build() {
  const status = await fetchPnpm();
  if (status !== 0) return status;
  // turbo starts the package manager by name.
  const PATH = [join(pnpmFolder(), "node_modules", ".bin"), process.env.PATH].join(delimiter);
  const env = { PATH, TURBO_TELEMETRY_DISABLED: "1", TURBO_NO_UPDATE_NOTIFIER: "1" };
  return runTool("turbo", ["run", "build", "--continue=dependencies-successful", "--output-logs=errors-only"], { env });
}

/** Installs where nothing is installed, and builds what changed. */
export async function installAndBuild() {
  const status = existsSync(join(root, "node_modules", ".modules.yaml")) ? 0 : await install();
  return status === 0 ? build() : status;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const status = process.argv.includes("--skip-install") ? 0 : await install();
  process.exitCode = status === 0 ? await build() : status;
}
