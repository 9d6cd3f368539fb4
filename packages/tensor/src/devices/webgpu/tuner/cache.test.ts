import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadWinners, saveWinners } from "./cache.ts";
import { fileStorage } from "./storage.ts";

const folder = mkdtempSync(join(tmpdir(), "tessera-tuned-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** A storage in a file of its own, and what was warned of. */
function scene(name: string, text?: string) {
  const path = join(folder, name, "tuned.json");
  const storage = fileStorage(path);
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message.replace(path, "FILE"));
  return { path, storage, warnings, warn, ready: text === undefined ? Promise.resolve() : storage.save(text) };
}

describe("the cache of winners", () => {
  it("keeps winners by adapter, adds to them, and leaves no other file", async () => {
    const { path, storage, warnings, warn } = scene("new");
    expect(await loadWinners(storage, "A", warn)).toEqual({});
    await saveWinners(storage, "A", { a: "x", b: "y" }, warn);
    await saveWinners(storage, "B", { a: "z" }, warn);
    await saveWinners(storage, "A", { b: "w" }, warn);
    expect(await loadWinners(storage, "A", warn)).toEqual({ a: "x", b: "w" });
    expect(await loadWinners(storage, "B", warn)).toEqual({ a: "z" });
    expect(await loadWinners(storage, "C", warn)).toEqual({});
    expect(warnings).toEqual([]);
    expect(readdirSync(join(path, ".."))).toEqual(["tuned.json"]);
  });

  it.each([
    ["cut short", '{"format": "tessera-tuned", "ver', /^tuner: FILE is ignored: .*JSON/],
    ["empty", "", /^tuner: FILE is ignored: .*JSON/],
    ["binary", "\u0000\u0001", /^tuner: FILE is ignored: .*JSON/],
    ["of another program", '{"tuned": true}', /^tuner: FILE is ignored: it is no cache of the tuner/],
    ["a list", "[]", /^tuner: FILE is ignored: it is no cache of the tuner/],
    ["newer", '{"format": "tessera-tuned", "version": 2, "adapters": {}}', /ignored: its version is 2, not 1/],
    ["without adapters", '{"format": "tessera-tuned", "version": 1}', /ignored: it has no adapters/],
    [
      "of no names",
      '{"format": "tessera-tuned", "version": 1, "adapters": {"A": {"a": 3}}}',
      /ignored: the winners of "A" are not names/,
    ],
  ])("ignores one that is %s, with a word, and replaces it", async (name, text, message) => {
    const { path, storage, warnings, warn, ready } = scene(name, text);
    await ready;
    expect(await loadWinners(storage, "A", warn)).toEqual({});
    expect(warnings).toEqual([expect.stringMatching(message)]);
    await saveWinners(storage, "A", { a: "x" }, warn);
    expect(JSON.parse(readFileSync(path, "utf8")).adapters).toEqual({ A: { a: "x" } });
  });

  it("goes on where it cannot be written, with a word", async () => {
    writeFileSync(join(folder, "file"), "");
    const storage = fileStorage(join(folder, "file", "tuned.json"));
    const warnings: string[] = [];
    await saveWinners(storage, "A", { a: "x" }, (message) => void warnings.push(message));
    expect(warnings).toEqual([expect.stringMatching(/^tuner: .*could not be written: /)]);
  });
});
