/** @file Times the variants of what a step will launch, checks them against the default, and keeps the winners. */
import type { WebgpuBlock, WebgpuDevice } from "../webgpu-device.ts";
import type { Candidate, PlannedProblem } from "./choices.ts";
import type { ProblemSizes, VariantBlocks } from "./variants.ts";

/** What became of one variant. */
export interface VariantTiming {
  readonly variant: string;
  /** Shortest of the rounds; `null` for a variant that is wrong. */
  readonly milliseconds: number | null;
  /** Why it may not win. */
  readonly wrong?: string;
}

/** What became of one bucket. */
export interface TuneReport {
  /** As in `matmul rows64:inner128:columns64`. */
  readonly bucket: string;
  readonly winner: string;
  readonly timings: readonly VariantTiming[];
}

/** How much faster than the default a variant has to be: less may be the clock's noise. */
const margin = 0.95;
const rounds = { least: 2, most: 5 };
/** Milliseconds of one variant's launches after which more rounds would tell little. */
const enoughMilliseconds = 50;

/**
 * Times a bucket's candidates in turns, so that all meet the same moods of the machine.
 *
 * @param deadline `performance.now()` after which no further round begins
 * @returns `null` if the deadline came before anything was known
 */
export async function tuneBucket(
  device: WebgpuDevice,
  bucket: string,
  { sizes, candidates }: PlannedProblem,
  deadline: number,
): Promise<TuneReport | null> {
  const taken: WebgpuBlock[] = [];
  const take = (elements: number) => {
    const block = device.allocate(elements * 4, `tuning ${bucket}`);
    taken.push(block);
    return block;
  };
  try {
    const inputs = sizes.inputs.map((elements, i) => {
      const block = take(elements);
      device.write(block, new Uint8Array(pattern(elements, i).buffer));
      return block;
    });
    const blocks = { inputs, output: take(sizes.output) };
    const start = performance.now();
    const expected = await compute(device, candidates[0]!, blocks, sizes);
    // Each of the others takes a compile, a check and two rounds: too long a default says that there is no time.
    const reference = performance.now() - start;
    if (start + reference * (1 + candidates.length * rounds.least) > deadline) return null;
    const wrong = new Map<string, string>();
    for (const candidate of candidates.slice(1)) {
      const fault = await findFault(device, candidate, blocks, sizes, expected);
      if (fault) wrong.set(candidate.name, fault);
      if (performance.now() > deadline) return null;
    }
    const right = candidates.filter(({ name }) => !wrong.has(name));
    const best = await race(device, right, blocks, deadline);
    return report(bucket, candidates, best, wrong);
  } finally {
    for (const block of taken) device.free(block);
  }
}

/** The fastest right variant, if it is faster than the default by more than noise. */
function report(
  bucket: string,
  candidates: readonly Candidate[],
  best: ReadonlyMap<string, number>,
  wrong: ReadonlyMap<string, string>,
): TuneReport {
  const first = candidates[0]!.name;
  const [fastest, time] = [...best].reduce((a, b) => (b[1] < a[1] ? b : a));
  const timings = candidates.map(({ name }) => {
    const fault = wrong.get(name);
    return { variant: name, milliseconds: best.get(name) ?? null, ...(fault === undefined ? {} : { wrong: fault }) };
  });
  return { bucket, winner: time < best.get(first)! * margin ? fastest : first, timings };
}

/** Shortest time of each, in milliseconds. */
async function race(
  device: WebgpuDevice,
  candidates: readonly Candidate[],
  blocks: VariantBlocks,
  deadline: number,
): Promise<Map<string, number>> {
  const best = new Map<string, number>();
  let spent = 0;
  for (let round = 0; round < rounds.most; round++) {
    const enough = spent > enoughMilliseconds * candidates.length || performance.now() > deadline;
    if (round >= rounds.least && enough) break;
    for (const { name, run } of candidates) {
      const time = await device.time(() => run(device, blocks));
      spent += time;
      best.set(name, Math.min(time, best.get(name) ?? Number.POSITIVE_INFINITY));
    }
  }
  return best;
}

/** Why a candidate's result is not the default's; `null` if it is. */
async function findFault(
  device: WebgpuDevice,
  candidate: Candidate,
  blocks: VariantBlocks,
  sizes: ProblemSizes,
  expected: Float32Array,
): Promise<string | null> {
  let got: Float32Array;
  try {
    got = await compute(device, candidate, blocks, sizes);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  // Both are off the true sum by up to the roundings of its terms, which grow like the square root of their number.
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const allowed = 4 * 2 ** -24 * (2 + Math.sqrt(sizes.terms)) * largest;
  const index = got.findIndex((value, i) => !(Math.abs(value - expected[i]!) <= allowed));
  return index < 0 ? null : `element ${index} is ${got[index]}, the default's ${expected[index]}`;
}

/** What a candidate computes, into memory that held no numbers, so that what it leaves out is seen. */
async function compute(
  device: WebgpuDevice,
  { run }: Candidate,
  blocks: VariantBlocks,
  { output }: ProblemSizes,
): Promise<Float32Array> {
  device.write(blocks.output, new Uint8Array(new Float32Array(output).fill(Number.NaN).buffer));
  run(device, blocks);
  return new Float32Array(await device.read(blocks.output, output * 4));
}

/** Numbers between -1 and 1 with no pattern that a kernel could get right by mistake. */
function pattern(elements: number, input: number): Float32Array<ArrayBuffer> {
  const values = new Float32Array(elements);
  let state = 0x9e3779b9 + input;
  for (let i = 0; i < elements; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    values[i] = state / 2 ** 31;
  }
  return values;
}
