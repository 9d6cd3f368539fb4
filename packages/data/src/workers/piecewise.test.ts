// Images that kill the process which decodes them are found, named and left out. Processes are real but for their death.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { writeImageFolder } from "../../fixtures/image-folder.ts";
import { compareImageQualities } from "../imagenet/compare-qualities.ts";
import { parsePreprocessConfig } from "../imagenet/config.ts";
import { makeLabelMap, writeLabelMap } from "../imagenet/make-label-map.ts";
import { meanRgb } from "../statistics/mean-rgb.ts";
import { openPhotoSet } from "../streamed/streamed-set.ts";
import { piecewise } from "./piecewise.ts";
import { WorkerEnded, WorkerPool } from "./pool.ts";

const folder = mkdtempSync(join(tmpdir(), "tessera-deadly-"));
beforeAll(async () => {
  await writeImageFolder(folder, { train: 20 }, ["pot", "pug"]);
  await writeLabelMap(join(folder, "labels.json"), await makeLabelMap(join(folder, "train")));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());

/** Ends every process that is given `train/pug/7.JPEG`. */
function deadly(): string {
  const name = join(folder, "train/pug/7.JPEG");
  const { run } = WorkerPool.prototype;
  vi.spyOn(WorkerPool.prototype, "run").mockImplementation(function (this: WorkerPool, work, task) {
    const files = "files" in task ? task.files : task.sources;
    if (files.includes(name)) throw new WorkerEnded("a worker process ended unexpectedly");
    return run.call(this, work, task) as never;
  });
  return name;
}

describe("piecewise", () => {
  it("works on all at once, and one by one only where a process ended", async () => {
    const runs: string[] = [];
    const run = (bad: number) => async (start: number, end: number) => {
      runs.push(`${start}-${end}`);
      if (bad >= start && bad < end) throw new WorkerEnded("ended");
      return `${start}-${end}`;
    };
    expect(await piecewise(3, run(9))).toEqual([{ start: 0, result: "0-3" }]);
    const found = await piecewise(3, run(1));
    expect(found.map(({ start, result }) => [start, typeof result === "string" ? result : result.name])).toEqual([
      [0, "0-1"],
      [1, "WorkerEnded"],
      [2, "2-3"],
    ]);
    expect(runs).toEqual(["0-3", "0-3", "0-1", "1-2", "2-3"]);
  });

  it("hands other errors on", async () => {
    const run = () => Promise.reject(new Error("another"));
    await expect(piecewise(3, run)).rejects.toThrow("another");
  });
});

describe("an image that ends its process", () => {
  it("is left out of a mean and named, or ends it where that is asked for", async () => {
    const whole = await meanRgb(join(folder, "train"), { workers: 1 });
    const name = deadly();
    const found = await meanRgb(join(folder, "train"), { workers: 1 });
    const reason = `${name}: a worker process ended unexpectedly while this image was being measured`;
    expect(found).toMatchObject({ images: 19, failed: [{ file: name, reason }] });
    expect(found.pixel.mean).not.toEqual(whole.pixel.mean);
    await expect(meanRgb(join(folder, "train"), { workers: 1, strict: true })).rejects.toThrow(reason);
  });

  it("is left out of a comparison of qualities", async () => {
    const name = deadly();
    const config = parsePreprocessConfig(
      {
        ...{
          label_map: join(folder, "labels.json"),
          image_folder: `${folder}/`,
          record_path: join(folder, "records/"),
        },
        ...{ image_type: "JPEG", crop_size: 32, batch: ["train"], workers: 1 },
      },
      "config",
    );
    const { images, failed } = await compareImageQualities(config);
    expect(images).toBe(19);
    expect(failed).toMatchObject([{ file: name, reason: expect.stringMatching(/7\.JPEG: .* while this image was/) }]);
  });

  it("ends an epoch with its name", async () => {
    const name = deadly();
    await using set = await openPhotoSet(join(folder, "train"), { size: 32, workers: 1 });
    const read = async () => {
      for await (const _ of set.batches());
    };
    await expect(read()).rejects.toThrow(`${name}: a worker process ended unexpectedly while this image was being`);
  });
});
