/**
 * A file or a tensor that breaks the safetensors format.
 *
 * The message is one line: the tensor or the byte offset, what was expected, and what came.
 */
export class SafetensorsError extends Error {
  override readonly name = "SafetensorsError";
  /** Name of the tensor at fault, when there is one. */
  readonly tensor: string | undefined;
  /** Byte offset in the file, when the fault has one. */
  readonly offset: number | undefined;

  constructor(problem: string, where: { tensor?: string; offset?: number; cause?: unknown } = {}) {
    const subject = where.tensor !== undefined ? `tensor ${quote(where.tensor)}: ` : "";
    const place = where.offset !== undefined ? ` (at byte ${where.offset})` : "";
    super(`safetensors: ${subject}${problem}${place}`, where.cause === undefined ? {} : { cause: where.cause });
    this.tensor = where.tensor;
    this.offset = where.offset;
  }
}

/** Text from a file as it may appear in a message: on one line, and not longer than a reader wants. */
export function quote(text: string): string {
  const shown = JSON.stringify(text);
  return shown.length <= 100 ? shown : `${shown.slice(0, 96)}…"`;
}
