// `npm test`: installs, builds, and runs every check, from a bare clone on. Needs Node and npm only.
//
//   npm test [-- [--skip-install] [--full] [--only=STAGE,…] [vitest's arguments]]
//
// A failing stage stops none of the others. The last line is `N passed, N failed`: tests, and stages other than vitest.
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { build, install, root, run, runTool } from "./bootstrap.mjs";

const own = /^--(skip-install$|full$|only=)/;
const options = process.argv.slice(2).filter((argument) => own.test(argument));
const vitestArguments = process.argv.slice(2).filter((argument) => !own.test(argument));
const only = options
  .find((option) => option.startsWith("--only="))
  ?.slice("--only=".length)
  .split(",");

const results = join(root, ".cache", "test");
const vitestReport = join(results, "vitest.json");
const devicesReport = join(results, "devices.txt");
const dataFolder = resolve(process.env.TESSERA_DATA ?? join(root, "..", "shared", "data"));

/** What the vitest stage is started with, and the adapter that its numbers come from. */
let gpu = { env: {}, adapter: null };

/** In the order in which they run; each gives an exit status. */
const stages = {
  install: () => install(),
  build: () => build(),
  biome: () => runTool("biome", ["check", "."]),
  tsc: () => runTool("tsc", ["-p", "tsconfig.json"]),
  knip: () => runTool("knip", []),
  publint: () => run(process.execPath, [join(root, "scripts", "publint.mjs")]),
  // The API reference, for its warnings alone, which are errors (typedoc.json).
  typedoc: () => runTool("typedoc", ["--emit", "none"]),
  vitest: runVitest,
};

async function runVitest() {
  const { gpuEnvironment } = await import("./gpu-environment.mjs"); // needs what was just installed
  gpu = gpuEnvironment();
  const reporters = [
    ...["--reporter=default", `--reporter=${join(root, "scripts", "device-reporter.mjs")}`],
    ...["--reporter=json", `--outputFile.json=${vitestReport}`],
  ];
  const env = { ...gpu.env, TESSERA_TEST_DEVICES: devicesReport };
  if (options.includes("--full")) env.TESSERA_FULL = "1";
  return runTool("vitest", ["run", ...reporters, ...vitestArguments], { env });
}

function heading(text) {
  console.log(`\n━━ ${text} ${"━".repeat(Math.max(0, 76 - text.length))}`);
}

function skipped(name) {
  if (only && !only.includes(name)) return true;
  return name === "install" && options.includes("--skip-install");
}

async function runStages() {
  const rows = [];
  for (const [name, action] of Object.entries(stages)) {
    if (skipped(name)) continue;
    heading(name);
    const start = performance.now();
    const status = await action().catch((error) => {
      console.error(error);
      return 1;
    });
    rows.push({ name, failed: status !== 0, seconds: (performance.now() - start) / 1000 });
    if (name === "install" && status !== 0) break; // nothing else can run
  }
  return rows;
}

/** Tests by outcome. A file that does not load, or an error outside of any test, counts as one failure. */
function countTests(stageFailed) {
  if (!existsSync(vitestReport)) return { passed: 0, failed: stageFailed ? 1 : 0, skipped: 0 };
  const report = JSON.parse(readFileSync(vitestReport, "utf8"));
  const brokenFiles = report.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && !assertionResults.some((test) => test.status === "failed"),
  ).length;
  const failed = report.numFailedTests + brokenFiles;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && stageFailed ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

function printDevices() {
  heading("devices");
  const lines = existsSync(devicesReport) ? readFileSync(devicesReport, "utf8").split("\n").filter(Boolean) : [];
  for (const line of lines) console.log(line.startsWith("NOT TESTED") ? line : `numbers ran on   ${line}`);
  if (lines.length === 0) console.log("NO TEST RAN ON A DEVICE");
  console.log(`WebGPU adapter   ${gpu.adapter ?? "NONE ANSWERED: the WGSL kernels were not run"}`);
  if (gpu.adapter && gpu.software) console.log("                 (software: no hardware GPU answered)");
}

function printData() {
  const present = existsSync(dataFolder);
  console.log(
    present ? `real data        ${dataFolder}` : `real data        ABSENT: no ${dataFolder} (set TESSERA_DATA)`,
  );
  if (!present) console.log("                 THE TESTS ON REAL DATA WERE SKIPPED");
}

function printSummary(rows, tests) {
  heading("summary");
  for (const { name, failed, seconds } of rows) {
    const counts =
      name === "vitest" ? `   ${tests.passed} passed, ${tests.failed} failed, ${tests.skipped} skipped` : "";
    console.log(`${name.padEnd(10)} ${failed ? "FAILED" : "passed"} ${seconds.toFixed(1).padStart(7)} s${counts}`);
  }
}

rmSync(results, { recursive: true, force: true });
mkdirSync(results, { recursive: true });
const rows = await runStages();
const vitest = rows.find(({ name }) => name === "vitest");
const tests = vitest ? countTests(vitest.failed) : { passed: 0, failed: 0, skipped: 0 };
if (vitest) {
  printDevices();
  printData();
}
printSummary(rows, tests);
const others = rows.filter((row) => row !== vitest);
const failed = tests.failed + others.filter((row) => row.failed).length;
const passed = tests.passed + others.filter((row) => !row.failed).length;
process.exitCode = failed > 0 ? 1 : 0;
console.log(`\n${passed} passed, ${failed} failed${tests.skipped ? `, ${tests.skipped} skipped` : ""}`);
