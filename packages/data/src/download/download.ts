import { type Checksum, checksum, type Expected, mismatch } from "./checksum.ts";
import { ChecksumError, DownloadError } from "./errors.ts";
import { get, Interruption, type Response, retryAfter, withRetries } from "./http.ts";
import { PartialFile } from "./partial.ts";

/** How far a download is. */
export interface DownloadProgress {
  /** Bytes on the disk, those of an earlier run among them. */
  readonly bytes: number;
  /** Bytes of the whole file, once known. */
  readonly total: number | undefined;
}

export interface DownloadOptions {
  /** Size of the file. Default: as the server says. */
  readonly bytes?: number;
  /** md5 of the file, hexadecimal. Default: not checked. */
  readonly md5?: string;
  /** sha256 of the file, hexadecimal. Default: not checked. */
  readonly sha256?: string;
  /**
   * Another check of the file at a path, which throws what is wrong with it: called on what came before it is moved to
   * its place, and on a file that is there. Default: none.
   */
  readonly verify?: (path: string) => Promise<void>;
  /** Fetches it again even where the right file is there. Default: false. */
  readonly force?: boolean;
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Told in a line what a person would want to know: an interruption, a restart, a wrong file that is replaced. */
  readonly onNote?: (note: string) => void;
  /** Stops the download; what came stays and is resumed by the next call. */
  readonly signal?: AbortSignal;
  /** Interruptions in a row, without a byte of progress between, that are borne. Default: 5. */
  readonly retries?: number;
  /** Milliseconds before the first new try; each further one waits twice as long, at most 30 s. Default: 1000. */
  readonly retryDelay?: number;
  /** After so many milliseconds without a byte the connection is taken for dead, and tried again. Default: 60 000. */
  readonly idleTimeout?: number;
}

/** A file that is there, whole. */
export interface Downloaded extends Checksum {
  readonly path: string;
  /** True when it was there before. */
  readonly kept: boolean;
}

/**
 * Fetches a file over HTTP or HTTPS into `<target>.partial` and moves it to `target` when its size and hashes are right.
 * A whole file at `target` is kept and not fetched again; a wrong one is replaced once the right one is whole.
 *
 * After an interruption (a cut or silent connection, status 408, 429 or 5xx) and after a kill it goes on where it was,
 * by `Range` with `If-Range` on the ETag or Last-Modified, so that parts of two versions of a file are never joined; a
 * server that ignores this sends the file from its beginning. `Retry-After` is obeyed, up to five minutes. Redirects are
 * followed. HTTP_PROXY, HTTPS_PROXY and NO_PROXY are respected. Without a hash only the length that the server tells
 * shows that the file is whole.
 *
 * @throws DownloadError with URL and status when the server refuses, offers another size, or tries ran out;
 *   ChecksumError when what came is not the file, and nothing of it is kept; the signal's reason when stopped.
 */
export async function download(url: string, target: string, options: DownloadOptions = {}): Promise<Downloaded> {
  const present = options.force ? undefined : await checksum(target, options.signal);
  if (present) {
    const fault = mismatch(options, present) ?? (await faultOf(target, options));
    if (fault === undefined) return { path: target, ...present, kept: true };
    options.onNote?.(`${target}: not the file published: ${fault}; it is replaced`);
  }
  const partial = await PartialFile.open(target, url);
  try {
    const found = await fetchVerified(url, partial, options);
    await partial.commit();
    return { path: target, ...found, kept: false };
  } catch (error) {
    if (partial.size === 0) await partial.discard();
    throw error;
  } finally {
    await partial.close();
  }
}

/** What `verify` finds wrong with a file; undefined where it finds nothing, or where there is no such check. */
async function faultOf(path: string, { verify, signal }: DownloadOptions): Promise<string | undefined> {
  try {
    await verify?.(path);
    return undefined;
  } catch (error) {
    signal?.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  }
}

/** What was resumed may have been damaged on the disk, so after a wrong hash it is fetched once more from nothing. */
async function fetchVerified(url: string, partial: PartialFile, options: DownloadOptions): Promise<Checksum> {
  for (;;) {
    await fetchAll(url, partial, options);
    const found = (await checksum(partial.path, options.signal))!;
    const fault = mismatch(options, found);
    const problem = fault ?? (await faultOf(partial.path, options));
    if (problem === undefined) return found;
    if (partial.resumedAt === 0) {
      await partial.discard();
      throw new ChecksumError(`${url}: not the file published: ${problem}; what came is thrown away`);
    }
    options.onNote?.(`${url}: ${problem}; what was resumed is damaged, beginning again`);
    await partial.restart({ url });
  }
}

async function fetchAll(url: string, partial: PartialFile, options: DownloadOptions): Promise<void> {
  if (options.bytes !== undefined && partial.size > options.bytes) await partial.restart({ url });
  if (options.bytes !== undefined && partial.size === options.bytes) return;
  await withRetries(url, () => fetchRest(url, partial, options), {
    retries: options.retries ?? 5,
    delay: options.retryDelay ?? 1000,
    progress: () => partial.size,
    signal: options.signal,
    onNote: options.onNote ?? (() => undefined),
  });
}

async function fetchRest(url: string, partial: PartialFile, options: DownloadOptions): Promise<void> {
  const { idleTimeout = 60_000, signal } = options;
  const response = await get(url, { headers: rangeHeaders(partial, options), idleTimeout, signal });
  try {
    const total = await accept(url, response, partial, options);
    if (total !== undefined && partial.size === total) return;
    const limit = total ?? options.bytes;
    for await (const chunk of response.body) {
      await partial.append(chunk);
      if (limit !== undefined && partial.size > limit) {
        throw await tooLong(url, partial, limit);
      }
      options.onProgress?.({ bytes: partial.size, total: limit });
    }
    if (limit !== undefined && partial.size < limit) throw new Interruption("the connection was cut");
  } finally {
    await response.close();
  }
}

async function tooLong(url: string, partial: PartialFile, limit: number): Promise<Error> {
  await partial.discard();
  return new DownloadError(url, `expected ${limit} bytes, got more; what came is thrown away`);
}

/** Without a validator only a hash can tell that both parts are of one file. */
function rangeHeaders(partial: PartialFile, { md5, sha256 }: Expected): Record<string, string> {
  if (partial.size === 0 || (partial.validator ?? md5 ?? sha256) === undefined) return {};
  const range = { range: `bytes=${partial.size}-` };
  return partial.validator === undefined ? range : { ...range, "if-range": partial.validator };
}

/** Makes the partial file ready for the body, and says how large the whole file is. */
async function accept(
  url: string,
  response: Response,
  partial: PartialFile,
  options: DownloadOptions,
): Promise<number | undefined> {
  const { status, header } = response;
  const type = header("content-type");
  if (status === 200) {
    const length = header("content-length");
    const total = length === undefined ? undefined : Number(length);
    checkOffer(url, total, options, type);
    if (partial.size > 0) options.onNote?.(`${url}: the server sends the file from its beginning`);
    await partial.restart({ url, validator: validatorOf(response) });
    return total;
  }
  const range = header("content-range");
  const [, start, size] = /^bytes (?:(\d+)-\d+|\*)\/(\d+)$/.exec(range ?? "") ?? [];
  const total = size === undefined ? undefined : Number(size);
  if (status === 206 && Number(start) === partial.size) {
    checkOffer(url, total, options, type);
    await checkVersion(url, response, partial);
    return total;
  }
  if (status === 416 && total === partial.size) return total;
  if (status === 206 || status === 416) {
    await partial.restart({ url });
    throw new Interruption(`the server sends another part (status ${status}, ${range ?? "no range"})`);
  }
  const problem = `status ${status}${response.statusText ? ` ${response.statusText}` : ""}`;
  if (status >= 500 || status === 408 || status === 429) {
    throw new Interruption(problem, retryAfter(header("retry-after")));
  }
  throw new DownloadError(url, `expected the file, got ${problem}`, { status });
}

/** A server that knows nothing of `If-Range` sends a part of whatever the file is by now. */
async function checkVersion(url: string, response: Response, partial: PartialFile): Promise<void> {
  const [known, now] = [partial.validator, validatorOf(response)];
  if (known === undefined || now === undefined || known === now) return;
  await partial.restart({ url });
  throw new Interruption(`the file has changed at the server (it was ${known}, and is ${now})`);
}

/** A page of a portal or of an error that comes with status 200 is noticed before it is written. */
function checkOffer(url: string, total: number | undefined, { bytes }: Expected, type = "of no type"): void {
  if (bytes === undefined || total === undefined || bytes === total) return;
  throw new DownloadError(url, `expected ${bytes} bytes, the server offers ${total} (${type})`, { status: 200 });
}

/** If-Range takes no weak ETag. */
function validatorOf({ header }: Response): string | undefined {
  const etag = header("etag");
  return etag !== undefined && !etag.startsWith("W/") ? etag : header("last-modified");
}
