/** @file Times preprocessing, beside OpenCV in Python in the same run, with as many processes. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { decodeImage, encodeJpeg, processImage } from "@tessera/data";
import { parsePreprocessConfig, preprocess } from "@tessera/data/node";
import { MemoryWatch } from "../memory-watch.ts";
import { ChildPeer, pythons } from "../peers/child-peer.ts";
import { type BenchRecord, spreadOf, writeJson } from "../report/record.ts";

/** Options of the command. */
export interface PreprocessBenchOptions {
  readonly images: string;
  readonly count: number;
  readonly workers: readonly number[];
  readonly rounds: number;
  readonly peers: boolean;
  readonly json?: string;
}

const size = 256;

/** Runs the command. */
export async function benchPreprocess(options: PreprocessBenchOptions): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "tessera-bench-"));
  try {
    const files = repeated(resolve(options.images), join(folder, "images"), options.count);
    await profile(files);
    writeFileSync(join(folder, "list"), files.join("\n"));
    writeFileSync(join(folder, "labels.json"), '{"all": 0}');
    const peer = options.peers
      ? await ChildPeer.start(pythons, "opencv_preprocess.py", [join(folder, "list"), folder])
      : "not asked for";
    if (typeof peer === "string") console.log(`OpenCV is left out: ${peer}`);
    const records: PreprocessRecord[] = [];
    for (const workers of options.workers) {
      records.push(await measure(folder, workers, options, typeof peer === "string" ? null : peer));
    }
    if (typeof peer !== "string") peer.stop();
    printGains(records);
    if (options.json) writeJson(options.json, { records });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Figures of a number of processes. */
type PreprocessRecord = Pick<BenchRecord, "benchmark" | "device" | "adapter" | "shape" | "milliseconds" | "peers"> & {
  readonly imagesPerSecond: number;
};

/** Links to the images of a folder, over and over, until there are `count`. Gives their paths. */
function repeated(source: string, target: string, count: number): string[] {
  const entries = readdirSync(source, { recursive: true, withFileTypes: true });
  const found = entries.filter((entry) => entry.isFile() && /\.jpe?g$/i.test(entry.name));
  if (found.length === 0) throw new Error(`${source}: no JPEG in it: name a folder of photographs with --images`);
  const paths = found.map((entry) => join(entry.parentPath, entry.name)).sort();
  mkdirSync(join(target, "set", "all"), { recursive: true });
  return Array.from({ length: count }, (_, i) => {
    const path = join(target, "set", "all", `${String(i).padStart(7, "0")}.JPEG`);
    symlinkSync(paths[i % paths.length]!, path);
    return path;
  });
}

/** Milliseconds of each stage, in this process, one image after the other. */
async function profile(files: readonly string[]): Promise<void> {
  const sample = files.slice(0, 200);
  const spent = { read: 0, decode: 0, "scale and crop": 0, encode: 0 };
  let start = 0;
  const lap = (stage: keyof typeof spent, counts: boolean) => {
    const now = performance.now();
    if (counts) spent[stage] += now - start;
    start = now;
  };
  for (const counts of [false, true]) {
    start = performance.now();
    for (const file of sample) {
      const bytes = new Uint8Array(readFileSync(file));
      lap("read", counts);
      const image = await decodeImage(bytes);
      lap("decode", counts);
      const square = processImage(image, size, "compat");
      lap("scale and crop", counts);
      await encodeJpeg(square, 90);
      lap("encode", counts);
    }
  }
  const stages = Object.entries(spent).map(([stage, ms]) => `${stage} ${(ms / sample.length).toFixed(2)}`);
  console.log(`milliseconds an image, in one process: ${stages.join(", ")}`);
}

async function measure(
  folder: string,
  workers: number,
  { count, rounds }: PreprocessBenchOptions,
  peer: ChildPeer | null,
): Promise<PreprocessRecord> {
  const ours: number[] = [];
  const theirs: number[] = [];
  let memory = "";
  // In turns, so that both meet the same moods of the machine.
  for (let round = 0; round < rounds; round++) {
    const watch = new MemoryWatch();
    ours.push(await runOurs(folder, workers));
    memory = watch.stop();
    if (peer) theirs.push(await peer.ask<number>(String(workers)));
  }
  const { median, min, max } = spreadOf(ours.map((seconds) => (seconds * 1000) / count));
  const base = {
    benchmark: `preprocess/${workers} processes`,
    device: "cpu",
    adapter: `${workers} worker processes`,
    shape: [count, size, size, 3],
    milliseconds: { median, min, max },
    imagesPerSecond: 1000 / median,
  };
  console.log(
    `${workers} process${workers > 1 ? "es" : ""}: ${base.imagesPerSecond.toFixed(0)} images/s; memory ${memory}`,
  );
  if (!peer) return { ...base, peers: {} };
  const ratio = spreadOf(ours.map((seconds, i) => theirs[i]! / seconds)).median;
  const opencv = { imagesPerSecond: count / spreadOf(theirs).median, ratio, version: peer.greeting.version };
  console.log(
    `  OpenCV ${peer.greeting.version} in Python: ${opencv.imagesPerSecond.toFixed(0)} images/s; ours is ${ratio.toFixed(2)} times as fast`,
  );
  return { ...base, peers: { opencv } };
}

/** Seconds of a whole run, processes started and ended. */
async function runOurs(folder: string, workers: number): Promise<number> {
  const record_path = join(folder, "records");
  const paths = { label_map: join(folder, "labels.json"), image_folder: join(folder, "images"), record_path };
  const config = parsePreprocessConfig({ ...paths, batch: ["set"], geometry: "compat", crop_size: size, workers });
  const start = performance.now();
  const { failed } = await preprocess(config);
  const seconds = (performance.now() - start) / 1000;
  if (failed.length > 0) throw new Error(`the benchmark's images cannot be used: ${failed[0]!.reason}`);
  rmSync(record_path, { recursive: true });
  return seconds;
}

/** What the second process brings, to us and to OpenCV. */
function printGains([one, ...more]: readonly PreprocessRecord[]): void {
  for (const record of more) {
    const gain = record.imagesPerSecond / one!.imagesPerSecond;
    const [before, after] = [one!.peers.opencv, record.peers.opencv];
    const theirs = before && after ? `; OpenCV's ${(after.imagesPerSecond / before.imagesPerSecond).toFixed(2)}` : "";
    console.log(`${record.adapter} are ${gain.toFixed(2)} times as fast as ${one!.adapter}${theirs}`);
  }
}
