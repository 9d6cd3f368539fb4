/**
 * @file One GET over undici's `request`, which hands on the bytes as they came: `fetch` would unpack a `.gz` that a
 * server labels `Content-Encoding: gzip`, and no Range or hash would fit any more. HTTP_PROXY, HTTPS_PROXY and NO_PROXY
 * (and their lower-case forms) are respected, which Node 20's own clients do not do.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { EnvHttpProxyAgent, request } from "undici";
import { DownloadError } from "./errors.ts";

const maxRedirects = 5;
/** A server that says "later" is believed up to so long, in milliseconds. */
const longestWait = 300_000;

/** The connection failed in a way that another try may mend. */
export class Interruption extends Error {
  constructor(
    message: string,
    /** Milliseconds that the server asks to wait. */
    readonly retryAfter = 0,
  ) {
    super(message);
  }
}

/** What the network does to a connection; anything else (certificates, protocol) is no matter of trying again. */
const passing = new Map<string, string | undefined>([
  ...["ECONNREFUSED", "ECONNABORTED", "ETIMEDOUT", "ENOTFOUND", "EAI_AGAIN"].map((code) => [code, undefined] as const),
  ...["ENETUNREACH", "EHOSTUNREACH", "ENETDOWN", "UND_ERR_CONNECT_TIMEOUT"].map((code) => [code, undefined] as const),
  ...["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"].map((code) => [code, "the connection was cut"] as const),
  ["UND_ERR_RES_CONTENT_LENGTH_MISMATCH", "the server sent another length than it said"],
]);

/** A response whose body is yet to be read. */
export interface Response {
  readonly status: number;
  readonly statusText: string;
  readonly header: (name: string) => string | undefined;
  readonly body: AsyncIterable<Uint8Array>;
  /** Ends the connection; a body that was not read to its end is dropped. */
  readonly close: () => Promise<void>;
}

export interface GetOptions {
  readonly headers: Readonly<Record<string, string>>;
  /** After so long without a byte the connection is taken for dead, in milliseconds. */
  readonly idleTimeout: number;
  readonly signal?: AbortSignal | undefined;
}

/** The response, its body unread; redirects are followed. */
export async function get(url: string, options: GetOptions): Promise<Response> {
  let at = url;
  for (let redirects = 0; redirects <= maxRedirects; redirects++) {
    const response = await send(at, url, options);
    const location = response.header("location");
    if (response.status < 301 || response.status > 308 || response.status === 304 || location === undefined) {
      return response;
    }
    await response.close();
    at = new URL(location, at).href;
  }
  throw new DownloadError(url, `expected a file, got more than ${maxRedirects} redirects`);
}

async function send(at: string, url: string, { headers, idleTimeout, signal }: GetOptions): Promise<Response> {
  checkAddress(at);
  // A connection of its own: one that was cut or left in the middle of a body must not carry the next try.
  const agent = new EnvHttpProxyAgent({ proxyTunnel: false, connectTimeout: idleTimeout });
  const close = async () => {
    await agent.destroy();
  };
  try {
    const response = await request(at, {
      headers: { "user-agent": "tessera", ...headers, "accept-encoding": "identity" },
      dispatcher: agent,
      headersTimeout: idleTimeout,
      bodyTimeout: idleTimeout,
      signal: signal ?? null,
    });
    // Destroyed with the agent, it would report that to nobody.
    response.body.on("error", () => undefined);
    return {
      status: response.statusCode,
      statusText: response.statusText,
      header: (name) => [response.headers[name]].flat()[0],
      body: readBody(url, response.body, idleTimeout),
      close,
    };
  } catch (error) {
    await close();
    signal?.throwIfAborted();
    throw classify(url, error, idleTimeout);
  }
}

async function* readBody(url: string, body: AsyncIterable<Uint8Array>, idleTimeout: number) {
  try {
    yield* body;
  } catch (error) {
    throw classify(url, error, idleTimeout);
  }
}

function checkAddress(url: string): void {
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (address?.protocol === "https:" || address?.protocol === "http:") return;
  throw new DownloadError(url, "expected an address that begins with https:// or http://");
}

/** Tells an interruption from what another try would not mend. */
function classify(url: string, error: unknown, idleTimeout: number): Error {
  if (error instanceof Interruption) return error;
  const { code = "", message } = error as NodeJS.ErrnoException;
  if (code === "UND_ERR_BODY_TIMEOUT" || code === "UND_ERR_HEADERS_TIMEOUT") {
    return new Interruption(`nothing came for ${idleTimeout / 1000} s`);
  }
  if (passing.has(code)) return new Interruption(passing.get(code) ?? (message || code));
  const refused = /Proxy response \((\d+)\)/.exec(message);
  const problem = refused ? `the proxy refuses to connect, with status ${refused[1]}${proxyNote()}` : message;
  return new DownloadError(url, problem, { cause: error });
}

/** Milliseconds that a `Retry-After` asks for, in seconds or as a date; 0 where there is none. */
export function retryAfter(header: string | undefined, now = Date.now()): number {
  if (header === undefined) return 0;
  const wait = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now;
  return Number.isFinite(wait) ? Math.min(longestWait, Math.max(0, wait)) : 0;
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
      const wait = Math.max(error.retryAfter, Math.min(30_000, delay * 2 ** (failures - 1)));
      onNote(`${url}: ${error.message}; trying again in ${Number((wait / 1000).toPrecision(2))} s`);
      await sleep(wait, undefined, { signal });
    }
  }
}

/** The variable's name only: its value may hold a password. */
function proxyNote(): string {
  const name = ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"].find((each) => process.env[each]);
  return name === undefined
    ? ""
    : `\n  hint: the way leads through the proxy that ${name} names; NO_PROXY excepts hosts`;
}
