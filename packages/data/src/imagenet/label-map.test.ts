import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { classOf } from "../workers/find-images.ts";
import { checkLabelMap, parseLabelMap } from "./label-map.ts";
import { makeLabelMap } from "./make-label-map.ts";

describe("a label map", () => {
  it("has numbers or one-hot arrays", () => {
    expect(parseLabelMap('{"pug": 1, "car": 0}', "map")).toEqual({
      names: ["car", "pug"],
      oneHot: false,
      labels: new Map([
        ["pug", [1]],
        ["car", [0]],
      ]),
    });
    const oneHot = parseLabelMap('{"car": [1,0,0], "road": [0,1,0], "tree": [0,0,1]}', "map");
    expect(oneHot).toMatchObject({ names: ["car", "road", "tree"], oneHot: true });
    expect(oneHot.labels.get("road")).toEqual([0, 1, 0]);
  });

  it.each([
    ['{"a": 0, "b": 1, "a": 2}', "map: classes named more than once: a"],
    ['{"a": 0, "b": {"a": 1}}', 'map: expected integers from 0, or one-hot arrays of one 1 and zeros: "b" has'],
    ['{"a": 0, "b": 0, "c": 1}', 'map: numbers given more than once: 0 of "a" and "b"'],
    ['{"a": 0, "b": 3, "c": 5}', "map: expected the 3 numbers from 0 to 2; missing: 1, 2; the greatest is 5"],
    ['{"a": 1, "b": 2}', "map: expected the 2 numbers from 0 to 1; missing: 0; the greatest is 2"],
    ['{"a": -1}', '"a" has "-1"'],
    ['{"a": 0.5}', '"a" has "0.5"'],
    ['{"a": "0"}', "expected integers from 0"],
    ['{"a": [1,0], "b": [1,0]}', 'numbers given more than once: 0 of "a" and "b"'],
    ['{"a": [1,1], "b": [0,1]}', '"a" has "[1,1]"'],
    ['{"a": [1,0,0], "b": [0,1,0]}', 'expected one-hot arrays of 2 places, one a class: "a" has 3, "b" has 3'],
    ['{"a": [1,0], "b": 1}', "expected all numbers or all one-hot, got both: a, b"],
    ["[0, 1]", 'map: expected an object with a number for each class, as {"pug": 0, "pot": 1}'],
    ["{}", "map: expected an object"],
    ['{"a": 0, ....}', "map: expected JSON, "],
  ])("is refused with what is wrong: %s", (text, message) => {
    expect(() => parseLabelMap(text, "map")).toThrow(message);
  });

  it("may have a class called __proto__", () => {
    expect(parseLabelMap('{"__proto__": 0, "constructor": 1}', "map").names).toEqual(["__proto__", "constructor"]);
  });

  it("lists at most twenty", () => {
    const map = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`c${i}`, -1]));
    expect(() => checkLabelMap(map)).toThrow(/and 10 more$/);
  });
});

describe("makeLabelMap", () => {
  const folder = mkdtempSync(join(tmpdir(), "tessera-labels-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const folders = (set: string, ...names: string[]) => {
    for (const name of names) mkdirSync(join(folder, set, name), { recursive: true });
    return join(folder, set);
  };

  it("numbers folders by name, or writes one-hot arrays", async () => {
    const set = folders("a", "pug", "Zebra", "ant");
    expect(await makeLabelMap(set)).toEqual({ Zebra: 0, ant: 1, pug: 2 });
    expect(await makeLabelMap(set, { oneHot: true })).toEqual({ Zebra: [1, 0, 0], ant: [0, 1, 0], pug: [0, 0, 1] });
  });

  const list = "n01440764 tench, Tinca tinca\nn01443537 goldfish, Carassius auratus\n";

  it("numbers them as a list of ids does, by id or by name, with classes that have no folder", async () => {
    expect(await makeLabelMap(folders("ids", "n01443537"), { wnids: list })).toEqual({ n01440764: 0, n01443537: 1 });
    expect(await makeLabelMap(folders("names", "goldfish", "tench"), { wnids: list })).toEqual({
      tench: 0,
      goldfish: 1,
    });
    const given = "n01443537 1 great_white\nn01440764 2 tench";
    expect(await makeLabelMap(join(folder, "ids"), { wnids: given })).toEqual({ n01443537: 0, n01440764: 1 });
  });

  it.each([
    ["n01440764 a\nn01440764 b", "wnids: ids given more than once: n01440764"],
    ["n01440764 1 a\nn01443537 3 b", "wnids: expected 2 numbers in a row from 0 or 1; missing: 2"],
    ["n01440764 7 a\nn01443537 8 b", "wnids: expected 2 numbers in a row from 0 or 1; they start at 7"],
    ["n01440764 1 a\nn01443537 b", "wnids: expected a number on every line or on none, got 1 on 2"],
    ["tench", "wnids: line 1: expected an id as n01440764"],
    ["n01440764 tench", "wnids: not in the list: n01443537"],
  ])("refuses %j", async (wnids, message) => {
    await expect(makeLabelMap(join(folder, "ids"), { wnids })).rejects.toThrow(message);
  });

  it("refuses names that two classes share, and says which", async () => {
    const cranes = "n02012849 crane\nn03126707 crane\nn01440764 tench";
    await expect(makeLabelMap(folders("cranes", "crane"), { wnids: cranes })).rejects.toThrow(
      "wnids: names of more than one class: crane (n02012849, n03126707)\n  hint: name the folders by their ids",
    );
  });

  it("says when there are no folders", async () => {
    await expect(makeLabelMap(folders("empty", "x/y").concat("/x/y"))).rejects.toThrow(
      "expected a folder for each class",
    );
    await expect(makeLabelMap(join(folder, "nowhere"))).rejects.toThrow("nowhere: cannot be listed (ENOENT)");
  });
});

it("a class is the parent folder, whatever the separator", () => {
  expect(classOf("train/pug/1.JPEG")).toBe("pug");
  expect(classOf("C:\\sets\\train\\pug\\1.JPEG")).toBe("pug");
  expect(classOf("1.JPEG")).toBeUndefined();
});
