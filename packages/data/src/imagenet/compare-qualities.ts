import { join } from "node:path";
import { checkInteger } from "../arguments.ts";
import { DataError } from "../errors.ts";
import { permutation } from "../pipeline/permutation.ts";
import type { FileIssue } from "../workers/file-issue.ts";
import { piecewise } from "../workers/piecewise.ts";
import { WorkerEnded, WorkerPool } from "../workers/pool.ts";
import type { PreprocessConfig } from "./config.ts";
import { planPreprocess } from "./plan.ts";

/** What JPEGs of one quality come to. */
export interface QualityFacts {
  readonly quality: number;
  readonly bytes: number;
  readonly bytesPerImage: number;
  /** Bytes over those of the source files. */
  readonly ofSource: number;
  /** Peak signal-to-noise ratio in dB of the decoded JPEGs against the pixels that were encoded. */
  readonly psnr: number;
}

/** Sizes of the source files and of prepared JPEGs, over a sample. */
export interface QualityReport {
  readonly images: number;
  readonly sourceBytes: number;
  readonly qualities: readonly QualityFacts[];
  readonly failed: readonly FileIssue[];
}

/** Images of a task. */
const BATCH = 8;

/**
 * Encodes a sample of a config's images at several qualities.
 *
 * @throws ArgumentError; DataError where no image could be used
 * @param options.qualities of JPEG, 1 to 100. Default: 70 and 90.
 * @param options.sample images to draw, by the config's seed, from all splits together. Default: 200.
 */
export async function compareImageQualities(
  config: PreprocessConfig,
  options: {
    readonly qualities?: readonly number[];
    readonly sample?: number;
    readonly onProgress?: (done: number, total: number) => void;
    readonly signal?: AbortSignal;
  } = {},
): Promise<QualityReport> {
  const { qualities = [70, 90], sample = 200, onProgress, signal } = options;
  for (const quality of qualities) checkInteger("compareImageQualities: qualities", quality, 1, 100);
  checkInteger("compareImageQualities: sample", sample, 1);
  const { splits, settings } = await planPreprocess(config);
  const all = splits.flatMap(({ folder, files }) => files.map((file) => join(folder, file)));
  const files = Array.from(permutation(all.length, { seed: config.seed }).subarray(0, sample), (place) => all[place]!);
  const total = { images: 0, sourceBytes: 0, failed: [] as FileIssue[] };
  const sums = qualities.map((quality) => ({ quality, bytes: 0, squaredError: 0 }));
  const pool = new WorkerPool(config.workers);
  const starts = Array.from({ length: Math.ceil(files.length / BATCH) }, (_, i) => i * BATCH).values();
  let done = 0;
  const lane = async () => {
    for (const start of starts) {
      signal?.throwIfAborted();
      const batch = files.slice(start, start + BATCH);
      const run = (from: number, to: number) =>
        pool.run("compareQualities", { files: batch.slice(from, to), qualities, settings });
      for (const { start: from, result } of await piecewise(batch.length, run)) {
        if (result instanceof WorkerEnded) {
          const reason = `${batch[from]}: ${result.message} while this image was being encoded`;
          total.failed.push({ file: batch[from]!, reason });
          continue;
        }
        total.images += result.images;
        total.sourceBytes += result.sourceBytes;
        total.failed.push(...result.failures.map(({ index, reason }) => ({ file: batch[from + index]!, reason })));
        for (const [i, { bytes, squaredError }] of result.encoded.entries()) {
          sums[i]!.bytes += bytes;
          sums[i]!.squaredError += squaredError;
        }
      }
      done += batch.length;
      onProgress?.(done, files.length);
    }
  };
  try {
    await Promise.all(Array.from({ length: pool.workers }, lane));
  } finally {
    await pool.close();
  }
  total.failed.sort((a, b) => (a.file < b.file ? -1 : 1));
  if (total.images === 0) throw new DataError(`no image could be used; the first: ${total.failed[0]?.reason}`);
  const values = total.images * settings.size ** 2 * 3;
  return { ...total, qualities: sums.map((sum) => facts(sum, total, values)) };
}

function facts(
  { quality, bytes, squaredError }: { quality: number; bytes: number; squaredError: number },
  { images, sourceBytes }: { images: number; sourceBytes: number },
  values: number,
): QualityFacts {
  const psnr = 10 * Math.log10((255 ** 2 * values) / squaredError);
  return { quality, bytes, bytesPerImage: bytes / images, ofSource: bytes / sourceBytes, psnr };
}
