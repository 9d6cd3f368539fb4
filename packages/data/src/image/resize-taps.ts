/** @file Which pixels a pixel of a resized image is made of, as OpenCV decides it. */

/** Weights are integers of 11 bits, as OpenCV's INTER_RESIZE_COEF_BITS. */
const ONE = 2048;

/** For each place of a window along an axis: the two neighbours in the source, and their weights, which add up to {@link ONE}. */
export interface Taps {
  readonly first: Int32Array;
  readonly second: Int32Array;
  readonly firstWeight: Int32Array;
  readonly secondWeight: Int32Array;
}

function place(target: number, scale: number): { whole: number; part: number } {
  const position = Math.fround((target + 0.5) * scale - 0.5);
  const whole = Math.floor(position);
  return { whole, part: Math.fround(position - whole) };
}

function emptyTaps(count: number): Taps {
  const make = () => new Int32Array(count);
  return { first: make(), second: make(), firstWeight: make(), secondWeight: make() };
}

/** At the borders the one neighbour that there is counts whole. */
export function columnTaps(source: number, target: number, from: number, count: number): Taps {
  const taps = emptyTaps(count);
  const scale = 1 / (target / source);
  for (let x = 0; x < count; x++) {
    const { whole, part } = place(from + x, scale);
    const inside = whole >= 0 && whole < source - 1;
    taps.first[x] = Math.min(Math.max(whole, 0), source - 1);
    taps.second[x] = inside ? whole + 1 : taps.first[x]!;
    taps.firstWeight[x] = inside ? weight(Math.fround(1 - part)) : ONE;
    taps.secondWeight[x] = inside ? weight(part) : 0;
  }
  return taps;
}

/** At the borders the row there is taken twice, with its two weights. */
export function rowTaps(source: number, target: number, from: number, count: number): Taps {
  const taps = emptyTaps(count);
  const scale = 1 / (target / source);
  const clamp = (row: number) => Math.min(Math.max(row, 0), source - 1);
  for (let y = 0; y < count; y++) {
    const { whole, part } = place(from + y, scale);
    taps.first[y] = clamp(whole);
    taps.second[y] = clamp(whole + 1);
    taps.firstWeight[y] = weight(Math.fround(1 - part));
    taps.secondWeight[y] = weight(part);
  }
  return taps;
}

/** Rounds halves to even, as cvRound does. */
function weight(share: number): number {
  const scaled = share * ONE;
  const rounded = Math.round(scaled);
  return scaled - Math.floor(scaled) === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded;
}
