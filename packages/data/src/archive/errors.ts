import { DataError } from "../errors.ts";

/** A member of an archive that must not be written: it would leave the folder, or is no file or folder. */
export class UnsafeEntryError extends DataError {
  override readonly name = "UnsafeEntryError";
  /** Name of the member, as the archive has it. */
  readonly entry: string;

  constructor(archive: string, entry: string, problem: string) {
    super(`${archive}: member ${JSON.stringify(entry.slice(0, 200))}: ${problem}; nothing of the archive is kept`);
    this.entry = entry;
  }
}
