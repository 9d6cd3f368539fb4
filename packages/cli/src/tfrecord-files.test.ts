import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { jsonText, ReadProgress } from "./tfrecord-files.ts";

describe("ReadProgress", () => {
  const folder = mkdtempSync(join(tmpdir(), "tessera-progress-"));
  const files = ["a", "b"].map((name) => join(folder, name));
  let lines: string[];
  beforeEach(() => {
    for (const path of files) {
      writeFileSync(path, "");
      truncateSync(path, 50_000_000);
    }
    lines = [];
    vi.useFakeTimers({ toFake: ["performance"] });
    vi.spyOn(process.stderr, "write").mockImplementation((text) => {
      lines.push(`${text}`);
      return true;
    });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
    rmSync(folder, { recursive: true, force: true });
  });

  it.skipIf(process.stderr.isTTY)("prints a line now and then, over all files, with rate and time left", () => {
    const progress = new ReadProgress("verify", files);
    const first = progress.file(files[0]!);
    for (let second = 1; second <= 10; second++) {
      vi.advanceTimersByTime(1000);
      first(second * 5_000_000);
    }
    progress.pause();
    const second = progress.file(files[1]!);
    for (let tick = 1; tick <= 10; tick++) {
      vi.advanceTimersByTime(1000);
      second(tick * 5_000_000);
    }
    progress.stop();
    // The first line comes ten seconds after the first bytes that were worth a line: 11 s, 55 of 100 MB.
    expect(lines).toEqual(["verify 52% 55 of 100 MB, 5 MB/s, 9 s left\n"]);
  });
});

it("integers past 2^53 are text in JSON", () => {
  expect(JSON.parse(jsonText([1n, 2n ** 53n, -(2n ** 53n) + 1n]))).toEqual([1, "9007199254740992", -(2 ** 53) + 1]);
});
