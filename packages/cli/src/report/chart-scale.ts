/** @file Where an axis has its ticks. */

/** A whole step of 1, 2 or 5 times a power of ten, at least `least`. */
export function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= least * (1 - 1e-9))!;
}

/** The ends of an axis and what stands beside it. */
export interface Scale {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly number[];
}

/**
 * A scale of round numbers around values.
 *
 * @param values finite ones; without any, from 0 to 1
 * @param options.zero whether it begins at 0 at the latest
 */
export function valueScale(values: readonly number[], { zero = false }: { readonly zero?: boolean } = {}): Scale {
  if (values.length === 0) return { from: 0, to: 1, ticks: [0, 1] };
  let [least, most] = [Math.min(...values), Math.max(...values)];
  if (zero) least = Math.min(0, least);
  if (least === most) [least, most] = least === 0 ? [0, 1] : [least - Math.abs(least) / 2, most + Math.abs(most) / 2];
  const step = roundStep((most - least) / 5);
  const [first, last] = [Math.floor(least / step + 1e-9), Math.ceil(most / step - 1e-9)];
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
  return { from: ticks[0]!, to: ticks.at(-1)!, ticks };
}

/** The first epoch, and whole steps: at most `most` and one. */
export function epochTicks(first: number, last: number, most: number): number[] {
  if (first === last) return [first];
  const step = roundStep(Math.max((last - first) / most, 1));
  const from = Math.floor(first / step) + 1;
  const multiples = Array.from({ length: most + 1 }, (_, i) => (from + i) * step);
  return [first, ...multiples.filter((tick) => tick <= last && tick - first > step / 2)];
}
