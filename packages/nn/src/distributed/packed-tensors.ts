/** @file Small tensors in one, so that one exchange is enough for them. */
import { concat, copyTensor, noGradient, reshape, slice, type Tensor } from "@tessera/tensor";

/** Copies of tensors side by side, in the scope in which they were made. */
export interface Packed {
  readonly tensor: Tensor;
  /** The copies as they are now, one for each tensor, flat. */
  unpack(): Tensor[];
}

/** Copies float32 tensors into one. */
export function packTensors(tensors: readonly Tensor[]): Packed {
  const packed = noGradient(() =>
    concat(
      tensors.map((each) => reshape(each, [each.size])),
      0,
    ),
  );
  const unpack = () => {
    let end = 0;
    return tensors.map(({ size }) => {
      const begin = end;
      end += size;
      return noGradient(() => slice(packed, { begin: [begin], size: [size] }));
    });
  };
  return { tensor: packed, unpack };
}

/** Gives tensors the values of the copies. */
export function copyBack(packed: Packed, tensors: readonly Tensor[]): void {
  for (const [i, part] of packed.unpack().entries()) copyTensor(part, tensors[i]!);
}
