/** @file `tessera extract`, as a person uses it: the built command in processes of its own. */
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { tarOf } from "../packages/data/fixtures/cifar-archive.ts";

const root = resolve(import.meta.dirname, "..");
const command = join(root, "packages/cli/bin/tessera.js");
const folder = mkdtempSync(join(tmpdir(), "tessera-extract-"));
const files = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`set/${i}`, randomBytes(20_000)]));

/** Runs the command, and kills it as soon as `killWhen` says so. */
function tessera(args: readonly string[], killWhen?: () => boolean) {
  return new Promise<{ code: number | null; out: string; err: string }>((done) => {
    const child = spawn(process.execPath, [command, "extract", ...args], { cwd: folder });
    const timer = setInterval(() => killWhen?.() && child.kill("SIGKILL"), 1);
    let [out, err] = ["", ""];
    child.stdout.on("data", (text: Buffer) => {
      out += text;
    });
    child.stderr.on("data", (text: Buffer) => {
      err += text;
    });
    child.on("close", (code) => {
      clearInterval(timer);
      done({ code, out, err });
    });
  });
}

beforeAll(async () => {
  if (!existsSync(join(root, "packages/cli/dist/main.js"))) throw new Error("the command is not built: npm run build");
  writeFileSync(join(folder, "set.tar.gz"), gzipSync(await tarOf(files)));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("killed in the middle leaves no folder of that name; again makes it whole, and then finds it", async () => {
  const begun = () =>
    readdirSync(folder).some((name) => name.endsWith(".extracting") && existsSync(join(folder, name, "set", "3")));
  const killed = await tessera(["set.tar.gz"], begun);
  expect(killed.code).toBeNull();
  expect(readdirSync(folder).sort()).toEqual([expect.stringMatching(/^\.set\.\d+\.extracting$/), "set.tar.gz"]);
  const again = await tessera(["set.tar.gz"]);
  expect(again).toMatchObject({ code: 0, out: "300 members of set.tar.gz are in set\n" });
  expect(readdirSync(folder).sort()).toEqual(["set", "set.tar.gz"]);
  for (const [name, bytes] of Object.entries(files)) {
    expect(bytes.equals(readFileSync(join(folder, name))), name).toBe(true);
  }
  const present = await tessera(["set.tar.gz"]);
  expect(present).toMatchObject({ code: 0, out: "set already present - Skipping extraction of set.tar.gz.\n" });
});

it("names a file that is not there", async () => {
  const { code, err } = await tessera(["absent.tar.gz"]);
  expect(err).toMatch(/^tessera: .*absent\.tar\.gz: no such file\n$/);
  expect(code).toBe(1);
});
