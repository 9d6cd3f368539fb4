/**
 * @file One GET over `node:http`, which hands on the bytes as they came: `fetch` would unpack a `.gz` that a server
 * labels `Content-Encoding: gzip`, and no Range or hash would fit any more.
 */
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { DownloadError } from "./errors.ts";

const maxRedirects = 5;
/** After so long without a byte the connection is taken for dead, in milliseconds. */
const stall = 60_000;

/** The connection failed in a way that another try may mend. */
export class Interruption extends Error {}

/** What the network does to a connection; anything else (certificates, protocol) is no matter of trying again. */
const passing = new Set([
  ...["ECONNRESET", "ECONNREFUSED", "ECONNABORTED", "ETIMEDOUT", "EPIPE"],
  ...["ENOTFOUND", "EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH", "ENETDOWN"],
]);

/** The response, its body unread; redirects are followed. */
export async function get(
  url: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<IncomingMessage> {
  let at = url;
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    const response = await send(at, headers, signal);
    const { statusCode = 0 } = response;
    const { location } = response.headers;
    if (statusCode < 301 || statusCode > 308 || statusCode === 304 || location === undefined) return response;
    response.destroy();
    at = new URL(location, at).href;
  }
  throw new DownloadError(url, `expected a file, got more than ${maxRedirects} redirects`);
}

function send(
  url: string,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal | undefined,
): Promise<IncomingMessage> {
  const address = parse(url);
  const request = address.protocol === "https:" ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    // A connection of its own: one that was cut or left in the middle of a body must not carry the next try.
    const options = { headers: { ...headers, "accept-encoding": "identity" }, agent: false, signal };
    const call = request(address, options, resolve);
    call.setTimeout(stall, () => call.destroy(new Interruption(`nothing came for ${stall / 1000} s`)));
    call.on("error", (error) => reject(classify(url, error)));
    call.end();
  });
}

function parse(url: string): URL {
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (address?.protocol === "https:" || address?.protocol === "http:") return address;
  throw new DownloadError(url, "expected an address that begins with https:// or http://");
}

/** Tells an interruption from what another try would not mend. */
export function classify(url: string, error: unknown): Error {
  if (error instanceof Interruption) return error;
  const { code = "", message } = error as NodeJS.ErrnoException;
  if (passing.has(code)) return new Interruption(code === "ECONNRESET" ? "the connection was cut" : message);
  return new DownloadError(url, message, { cause: error });
}

/** Runs `attempt` until it succeeds; after an interruption it waits, twice as long each time, at most 30 s. */
export async function withRetries(
  url: string,
  attempt: () => Promise<void>,
  options: {
    /** Interruptions in a row without progress that are borne. */
    readonly retries: number;
    /** Before the first new try, in milliseconds. */
    readonly delay: number;
    /** Grows as long as there is progress. */
    readonly progress: () => number;
    readonly signal: AbortSignal | undefined;
    readonly onNote: (note: string) => void;
  },
): Promise<void> {
  const { retries, delay, progress, signal, onNote } = options;
  let furthest = progress();
  for (let failures = 1; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof Interruption)) throw error;
      if (progress() > furthest) failures = 1;
      furthest = Math.max(furthest, progress());
      if (failures > retries) {
        throw new DownloadError(url, `${error.message}; gave up after ${failures} tries${proxyNote()}`, {
          cause: error,
        });
      }
      const wait = Math.min(30_000, delay * 2 ** (failures - 1));
      onNote(`${url}: ${error.message}; trying again in ${Number((wait / 1000).toPrecision(2))} s`);
      await sleep(wait, undefined, { signal });
    }
  }
}

function proxyNote(): string {
  const name = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"].find((each) => process.env[each]);
  return name === undefined ? "" : `\n  hint: ${name} is set, but downloads do not go through proxies`;
}
