/** @file Size classes: few enough that blocks are reused, fine enough that little is wasted. */

/** Smallest block, in bytes; also the alignment of every class. */
const smallest = 256;

/** Rounds up to a multiple of an eighth of the power of two below it: at most an eighth is wasted. */
export function sizeClass(byteLength: number): number {
  if (byteLength <= smallest * 8) return Math.max(smallest, Math.ceil(byteLength / smallest) * smallest);
  const step = 2 ** (Math.floor(Math.log2(byteLength)) - 3);
  return Math.ceil(byteLength / step) * step;
}
