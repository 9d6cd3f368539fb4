/** @file Float64 oracle of eraseBoxes. */
import { coordinatesOf, type NdArray, ndArray } from "../../testing/nd-array.ts";

/** The colour of the last box that holds an element, else the element. */
export function eraseBoxesReference(images: NdArray, boxes: NdArray, colors: NdArray): NdArray {
  const channels = images.shape[3]!;
  const count = boxes.shape[1]!;
  return ndArray(images.shape, (at) => {
    const [b, i, j, c] = coordinatesOf(at, images.shape) as [number, number, number, number];
    for (let box = (b + 1) * count - 1; box >= b * count; box--) {
      const [top, left, height, width, channel] = boxes.data.subarray(5 * box) as unknown as number[];
      const inside = i >= top! && i < top! + height! && j >= left! && j < left! + width!;
      if (!inside || (channel !== -1 && channel !== c)) continue;
      return colors.data[colors.shape.length === 1 ? c : box * channels + c]!;
    }
    return images.data[at]!;
  });
}
