/** @file The examples in the README of @tessera/tfrecord run as they stand, from the package as it is published. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { pack } from "../scripts/pack.mjs";
import { root } from "./architecture/sources.ts";

const source = join(root, "packages", "tfrecord");
const folder = mkdtempSync(join(tmpdir(), "tessera-readme-"));
const blocks = [...readFileSync(join(source, "README.md"), "utf8").matchAll(/```js\n(.*?)```/gs)].map(
  ([, code]) => code!,
);

beforeAll(() => {
  const scope = join(folder, "node_modules", "@tessera");
  mkdirSync(scope, { recursive: true });
  execFileSync("tar", ["-xzf", pack(source, folder), "-C", scope]);
  renameSync(join(scope, "package"), join(scope, "tfrecord"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(name: string, code: string) {
  writeFileSync(join(folder, name), code);
  const { status, stdout, stderr } = spawnSync(process.execPath, [name], { cwd: folder, encoding: "utf8" });
  return { status, out: stdout, err: stderr };
}

it("without pako, everything but compression works: programs that write events do not need it", () => {
  expect(blocks).toHaveLength(7);
  const events = run("events.mjs", blocks[6]!);
  expect(events).toMatchObject({ status: 0, err: "" });
  expect(events.out).toContain("{ tag: 'loss', simpleValue: 4.5 }");
  expect(run("streams.mjs", blocks[2]!).err).toContain("Cannot find package 'pako'");
});

it("the examples print what they say", () => {
  cpSync(join(source, "node_modules", "pako"), join(folder, "node_modules", "pako"), {
    recursive: true,
    dereference: true,
  });
  const results = blocks.map((code, i) => run(`example-${i}.mjs`, code));
  for (const { status, err } of results) expect([status, err]).toEqual([0, ""]);
  const outs = results.map(({ out }) => out);
  expect(outs[0]).toContain("records: 100, bytes: 7000 }");
  expect(outs[0]).toMatch(/^3 \d+ 2 \[ 'a' \]$/m);
  expect(outs[1]).toContain("values: BigInt64Array(1) [ 3n ]");
  expect(outs[2]).toBe("0 0 gzip Uint8Array(1) [ 1 ]\n1 17 gzip Uint8Array(2) [ 2, 3 ]\n");
  expect(outs[3]).toMatch(
    /^damaged\.tfrecord: bytes \d+ to \d+ lost, 1 record from 99: the data's checksum differs.*\n99\n$/,
  );
  expect(outs[4]).toMatch(/^100 \d+ \d+\n$/);
  expect(outs[5]).toMatch(/^stopped at record \d+ of val-0000\d-of-00004\nindexed 50 30\n$/);
});
