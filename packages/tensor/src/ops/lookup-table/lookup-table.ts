import { ShapeError } from "../../errors.ts";
import { formatShape } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { checkDType, defineOp } from "../op.ts";
import { lookupTableCpu } from "./lookup-table.cpu.ts";
import { lookupTableWebgpu } from "./lookup-table.webgpu.ts";

/** The op has no attributes. */
export type LookupTableAttributes = Record<never, never>;

const op = defineOp<LookupTableAttributes>({
  name: "lookupTable",
  shape([images, table]) {
    checkDType("lookupTable", "images", images!, "uint8");
    checkDType("lookupTable", "table", table!, "float32");
    const channels = images!.shape.at(-1);
    if (channels === undefined) throw new ShapeError("lookupTable: images must be [..., channels], got a scalar");
    if (table!.shape.length !== 2 || table!.shape[0] !== 256 || table!.shape[1] !== channels) {
      throw new ShapeError(
        `lookupTable: table must be [256, ${channels}] for images of ${formatShape(images!.shape)}, got ${formatShape(table!.shape)}`,
      );
    }
    return [{ shape: images!.shape, dtype: "float32" }];
  },
  gradient: "none",
  webgpu: lookupTableWebgpu,
  cpu: lookupTableCpu,
});

/**
 * Looks every byte up in its channel's table: `y[…, c] = table[images[…, c], c]`, as OpenCV's `LUT` does. Values are
 * copied, so a table that was made on the host gives the same bits on every device: this is how images are normalised.
 * Not differentiable.
 *
 * @param images uint8 [..., channels]
 * @param table float32 [256, channels]
 * @returns float32 of the images' shape
 * @throws ShapeError if images has no axis, or table is not [256, channels]
 * @throws DTypeError if images is not uint8 or table is not float32
 */
export function lookupTable(images: Tensor, table: Tensor): Tensor {
  return op([images, table], {})[0]!;
}
