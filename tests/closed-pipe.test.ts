// A reader that stops reading, as `head` does, is no reason for a stack trace.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { root } from "./architecture/sources.ts";

it("ends quietly when nobody reads on", async () => {
  const child = spawn(process.execPath, [join(root, "packages/cli/bin/tessera.js"), "train", "--help"]);
  child.stdout.destroy();
  let errors = "";
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  const status = await new Promise((resolve) => child.on("close", resolve));
  expect(errors).toBe("");
  expect(status).toBe(141);
});
