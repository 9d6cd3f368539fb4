import { DataError } from "../errors.ts";

/** An image that cannot be decoded: of another format, truncated, damaged, or too large. The message names its source. */
export class ImageError extends DataError {
  override readonly name = "ImageError";
}
