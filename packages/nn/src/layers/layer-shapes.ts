/** @file Shape rules that layers share. */
import { formatShape, type Shape, ShapeError, sameShape } from "@tessera/tensor";

/** Checks an input's rank and the size of its last axis. */
export function checkChannels(layer: string, input: Shape, rank: number, channels: number): void {
  if (input.length === rank && input.at(-1) === channels) return;
  const axes = ["N", "H", "W"].slice(0, rank - 1).join(", ");
  throw new ShapeError(`${layer}: expected an input of [${axes}, ${channels}], got ${formatShape(input)}`);
}

/** Checks the sizes of an input's last axes, and that it has at least `rank` axes. */
export function checkLastAxes(layer: string, input: Shape, rank: number, sizes: Shape): void {
  if (input.length >= rank && sameShape(input.slice(-sizes.length), sizes)) return;
  throw new ShapeError(`${layer}: expected an input of [..., ${sizes.join(", ")}], got ${formatShape(input)}`);
}

/** Positions of a window along an axis: ⌈size / stride⌉ for `same`, ⌊(size − window) / stride⌋ + 1 for `valid`. */
export function spatialSize(
  layer: string,
  size: number,
  window: number,
  stride: number,
  padding: "same" | "valid",
): number {
  const result = padding === "same" ? Math.ceil(size / stride) : Math.floor((size - window) / stride) + 1;
  if (result < 1) throw new ShapeError(`${layer}: a window of ${window} does not fit into ${size} pixels`);
  return result;
}

/** Pixels from a kernel's first tap to its last, both counted. */
export function reachOf(taps: number, dilation: number): number {
  return (taps - 1) * dilation + 1;
}

/** One number for both axes, or [y, x]. */
export function pair(value: number | readonly [number, number]): readonly [number, number] {
  return typeof value === "number" ? [value, value] : value;
}

/** Checks that an input is images. */
export function checkImages(layer: string, input: Shape): [n: number, height: number, width: number, channels: number] {
  if (input.length === 4) return input as unknown as [number, number, number, number];
  throw new ShapeError(`${layer}: expected an input of [N, H, W, C], got ${formatShape(input)}`);
}
