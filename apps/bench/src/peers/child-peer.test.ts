// What is said of an engine that is not there.
import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { ChildPeer, notInstalled } from "./child-peer.ts";

it("names the npm package that a script lacks", () => {
  const { stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", 'import "no-such-engine";'], {
    encoding: "utf8",
  });
  expect(notInstalled(stderr)).toBe("peer not installed: the npm package no-such-engine");
});

it("names the Python module that a script lacks", () => {
  const said = `Traceback (most recent call last):\n  File "a.py", line 1\nModuleNotFoundError: No module named 'torch'\n`;
  expect(notInstalled(said)).toBe("peer not installed: Python's module torch");
});

it("takes other errors for what they are", () => {
  expect(notInstalled("RuntimeError: out of memory")).toBeNull();
});

it("names the program that is missing", async () => {
  expect(await ChildPeer.start(["/no/such/python"], "none.py", [])).toBe(
    "peer not installed: there is no /no/such/python",
  );
});
