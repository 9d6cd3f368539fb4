import { DataError } from "../errors.ts";

/** A file that could not be fetched: the address cannot be reached, the server refuses, or it offers another file. */
export class DownloadError extends DataError {
  override readonly name = "DownloadError";
  readonly url: string;
  /** HTTP status, when a server answered. */
  readonly status: number | undefined;

  constructor(url: string, problem: string, { status, cause }: { status?: number; cause?: unknown } = {}) {
    super(`${url}: ${problem}`, { cause });
    this.url = url;
    this.status = status;
  }
}

/** A file that is not the one published: its size or its hash differs. */
export class ChecksumError extends DataError {
  override readonly name = "ChecksumError";
}
