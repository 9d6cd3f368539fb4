/** @file What updates of flat parameters check. */
import { ShapeError } from "../errors.ts";
import { formatShape, sameShape, type TensorSpec } from "../shape.ts";
import { checkDType } from "./op.ts";

/** Checks that all tensors are float32 and of the first one's shape; their names are those of the arguments. */
export function checkAlike(op: string, tensors: Readonly<Record<string, TensorSpec | undefined>>): void {
  const [first, ...others] = Object.entries(tensors);
  const [firstName, expected] = first as [string, TensorSpec];
  checkDType(op, firstName, expected, "float32");
  for (const [name, spec] of others) {
    if (!spec) continue;
    checkDType(op, name, spec, "float32");
    if (sameShape(spec.shape, expected.shape)) continue;
    const shapes = `${firstName} is ${formatShape(expected.shape)}, ${name} is ${formatShape(spec.shape)}`;
    throw new ShapeError(`${op}: shapes differ: ${shapes}`);
  }
}
