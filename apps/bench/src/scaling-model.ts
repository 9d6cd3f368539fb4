/** @file What a step of N ranks takes, from what its parts take. */

/** What does not depend on how training is spread. */
export interface StepParts {
  /** Milliseconds of a step of one rank's part of the batch, without any exchange. */
  readonly compute: number;
  readonly gradientBytes: number;
  /** Batch normalisations whose statistics are those of the whole batch. */
  readonly batchNorms: number;
}

/** Between the ranks. */
export interface Link {
  /** Bytes a millisecond that a rank sends while it receives as many. */
  readonly bandwidth: number;
  /** Milliseconds of an exchange of a few bytes. */
  readonly latency: number;
}

/** Milliseconds of a step, if the backward pass hid all that it can, and if it hid nothing. */
export interface StepRange {
  readonly least: number;
  readonly most: number;
}

/** Of a step's time, what comes after the first gradients: two of three products of each layer. */
const backwardShare = 2 / 3;

/** As `fit` cuts gradients into buckets. */
const bucketBytes = 4 << 20;

/** Exchanges of a step: two for each normalisation, one for each bucket, and one for loss and metrics. */
function exchangesOf({ gradientBytes, batchNorms }: StepParts): number {
  return 2 * batchNorms + Math.ceil(gradientBytes / bucketBytes) + 1;
}

/** Milliseconds that gradients take to be added up: each rank sends and receives 2 (N − 1) / N of them. */
function reductionOf({ gradientBytes }: StepParts, { bandwidth }: Link, ranks: number): number {
  return ((2 * (ranks - 1)) / ranks) * (gradientBytes / bandwidth);
}

/**
 * t(N) = compute + reduction + exchanges · latency, where of the reduction as much as 2/3 of `compute` may be hidden.
 */
export function predictStep(parts: StepParts, link: Link, ranks: number): StepRange {
  if (ranks === 1) return { least: parts.compute, most: parts.compute };
  const reduction = reductionOf(parts, link, ranks);
  const rest = parts.compute + exchangesOf(parts) * link.latency;
  return { least: rest + Math.max(0, reduction - backwardShare * parts.compute), most: rest + reduction };
}
