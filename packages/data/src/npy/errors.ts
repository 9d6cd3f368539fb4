import { DataError } from "../errors.ts";

/** A `.npy` or `.npz` file that is damaged, or holds what is not read. */
export class NpyError extends DataError {
  override readonly name = "NpyError";
}
