import { describe, expect, it } from "vitest";
import { parseCoreList, shareOfCores } from "./cores.ts";

const at = (host: string, ...cores: number[]) => ({ host, cores });

describe("shareOfCores", () => {
  it.each([
    ["ranks that may use all cores share them", [at("a", 0, 1, 2, 3), at("a", 0, 1, 2, 3)], [2, 2]],
    ["bound ranks have theirs", [at("a", 0, 1), at("a", 2)], [2, 1]],
    ["machines do not share", [at("a", 0, 1), at("b", 0, 1)], [2, 2]],
    ["three ranks on two cores have one each", [at("a", 0, 1), at("a", 0, 1), at("a", 0, 1)], [1, 1, 1]],
    ["three ranks on three cores have one each", Array(3).fill(at("a", 0, 1, 2)), [1, 1, 1]],
    ["where some are bound, what is left counts", [at("a", 0, 1, 2, 3), at("a", 3)], [3, 1]],
  ])("%s", (_, placements, expected) =>
    expect(placements.map((_placement, rank) => shareOfCores(placements, rank))).toEqual(expected),
  );
});

describe("parseCoreList", () => {
  it("reads the kernel's ranges", () => expect(parseCoreList("0-2,8,10-11")).toEqual([0, 1, 2, 8, 10, 11]));
});
