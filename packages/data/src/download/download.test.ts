import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ChecksumError, DownloadError, type DownloadOptions, download } from "../node.ts";
import { retryAfter } from "./http.ts";

const file = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31) ^ (i >> 8)));
const md5 = createHash("md5").update(file).digest("hex");

let folder = "";
let server: Server;
let url = "";
/** Range headers of the requests that came. */
let ranges: (string | undefined)[] = [];
let answer: (request: IncomingMessage, response: ServerResponse, count: number) => void = whole;
let notes: string[] = [];
/** A Range header that goes on from somewhere. */
const part = expect.stringMatching(/^bytes=[1-9]\d*-$/);

beforeEach(async () => {
  for (const name of ["NO_PROXY", "no_proxy"]) vi.stubEnv(name, "127.0.0.1");
  folder = await mkdtemp(join(tmpdir(), "tessera-download-"));
  ranges = [];
  notes = [];
  answer = whole;
  server = createServer((request, response) => {
    ranges.push(request.headers.range);
    answer(request, response, ranges.length);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/file.tar.gz`;
});

afterEach(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

/** Serves a file, or the part that is asked for if the file is still the same. */
function whole(request: IncomingMessage, response: ServerResponse, _count = 0, content = file, etag = '"one"'): void {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  const condition = request.headers["if-range"];
  if (start === 0 || (condition !== undefined && condition !== etag)) {
    response.writeHead(200, { "content-length": content.length, etag });
    response.end(content);
  } else if (start >= content.length) {
    response.writeHead(416, { "content-range": `bytes */${content.length}` }).end();
  } else {
    const range = `bytes ${start}-${content.length - 1}/${content.length}`;
    response.writeHead(206, { "content-length": content.length - start, "content-range": range, etag });
    response.end(content.subarray(start));
  }
}

/** Sends `bytes` of what it would send, then cuts the connection. */
function cutAfter(bytes: number) {
  return (request: IncomingMessage, response: ServerResponse) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
    const range = `bytes ${start}-${file.length - 1}/${file.length}`;
    const headers = { "content-length": file.length - start, etag: '"one"' };
    response.writeHead(start > 0 ? 206 : 200, start > 0 ? { ...headers, "content-range": range } : headers);
    // What a busy machine has not read by then is lost with the connection, so that no test counts on all of it.
    response.write(file.subarray(start, start + bytes), () => setTimeout(() => response.destroy(), 100));
  };
}

const target = () => join(folder, "new", "file.tar.gz");
const fetchFile = (options: DownloadOptions = {}) =>
  download(url, target(), {
    bytes: file.length,
    md5,
    retryDelay: 5,
    onNote: (note) => notes.push(note),
    ...options,
  });

async function expectWhole(): Promise<void> {
  expect(file.equals(await readFile(target()))).toBe(true);
  expect(await readdir(join(folder, "new"))).toEqual(["file.tar.gz"]);
}

const failure = (promise: Promise<unknown>): Promise<Error> =>
  promise.then(
    () => expect.unreachable(),
    (error) => error,
  );

describe("a download", () => {
  it("fetches, and keeps what is right", async () => {
    const seen: number[] = [];
    const first = await fetchFile({ onProgress: ({ bytes, total }) => seen.push(bytes / total!) });
    expect(first).toMatchObject({ path: target(), bytes: file.length, md5, kept: false });
    expect(seen.at(-1)).toBe(1);
    await expectWhole();
    expect(await fetchFile()).toEqual({ ...first, kept: true });
    expect(ranges).toHaveLength(1);
  });

  it("replaces a wrong file, saying so", async () => {
    await fetchFile();
    await writeFile(target(), file.subarray(1));
    await fetchFile();
    expect(notes.join()).toMatch(/file\.tar\.gz: not the file published: expected 300000 bytes, got 299999 .*replaced/);
    await expectWhole();
  });

  it("goes on after each cut", async () => {
    answer = (request, response, count) => (count < 4 ? cutAfter(80_000) : whole)(request, response, count);
    await fetchFile({ retries: 1 });
    expect(ranges).toEqual([undefined, part, part, part]);
    const starts = ranges.slice(1).map((range) => Number(/\d+/.exec(range!)![0]));
    expect(starts).toEqual([...starts].sort((a, b) => a - b));
    for (const [i, start] of starts.entries()) expect(start).toBeLessThanOrEqual(80_000 * (i + 1));
    expect(notes[0]).toMatch(/the connection was cut; trying again in 0\.005 s/);
    await expectWhole();
  });

  it("goes on in another process after a stop", async () => {
    answer = (_, response) => {
      response.writeHead(200, { "content-length": file.length, etag: '"one"' });
      response.write(file.subarray(0, 100_000));
    };
    const stop = new AbortController();
    const onProgress = ({ bytes }: { bytes: number }) => bytes === 100_000 && stop.abort();
    await expect(fetchFile({ signal: stop.signal, onProgress })).rejects.toThrow(/abort/i);
    expect(existsSync(target())).toBe(false);
    answer = whole;
    const resumed: number[] = [];
    await fetchFile({ onProgress: ({ bytes }) => resumed.push(bytes) });
    expect(ranges).toEqual([undefined, "bytes=100000-"]);
    expect(resumed[0]).toBeGreaterThan(100_000);
    await expectWhole();
  });

  it("begins again where the server ignores Range, or the file has changed", async () => {
    for (const change of ["ignores", "changed"]) {
      await rm(join(folder, "new"), { recursive: true, force: true });
      ranges = [];
      answer = (request, response, count) => {
        if (count === 1) return cutAfter(80_000)(request, response);
        if (change === "ignores") delete request.headers.range;
        whole(request, response, count, file, '"two"');
      };
      await fetchFile();
      expect(ranges).toEqual([undefined, part]);
      expect(notes.at(-1)).toMatch(/the server sends the file from its beginning/);
      await expectWhole();
    }
  });

  it("does not resume without a way to tell that it is the same file", async () => {
    answer = (request, response, count) => {
      if (count > 1) return whole(request, response);
      response.writeHead(200, { "content-length": file.length, etag: 'W/"weak"' });
      response.write(file.subarray(0, 1000), () => setTimeout(() => response.destroy(), 20));
    };
    await download(url, target(), { retryDelay: 5 });
    expect(ranges).toEqual([undefined, undefined]);
    await expectWhole();
  });

  it("fetches once more when what was resumed is damaged", async () => {
    answer = (_, response) => {
      response.writeHead(200, { "content-length": file.length, etag: '"one"' });
      response.write(Buffer.alloc(1000, 1), () => setTimeout(() => response.destroy(), 20));
    };
    await expect(fetchFile({ retries: 0 })).rejects.toThrow(DownloadError);
    answer = whole;
    await fetchFile();
    expect(notes.at(-1)).toMatch(/what was resumed is damaged, beginning again/);
    await expectWhole();
  });

  it("waits for a server that is busy", async () => {
    answer = (request, response, count) =>
      count < 3 ? response.writeHead(503).end("later") : whole(request, response, count);
    await fetchFile();
    expect(notes).toEqual([
      `${url}: status 503 Service Unavailable; trying again in 0.005 s`,
      `${url}: status 503 Service Unavailable; trying again in 0.01 s`,
    ]);
    await expectWhole();
  });

  it("follows redirects, and keeps the bytes as they come", async () => {
    const packed = gzipSync(file);
    answer = (request, response) => {
      if (request.url === "/file.tar.gz") return response.writeHead(302, { location: "/other" }).end();
      return response.writeHead(200, { "content-encoding": "gzip", "content-length": packed.length }).end(packed);
    };
    await download(url, target());
    expect(packed.equals(await readFile(target()))).toBe(true);
  });
});

describe("a server that misbehaves", () => {
  it("stalls: the connection is taken for dead, and the rest fetched", async () => {
    answer = (request, response, count) => {
      if (count > 1) return whole(request, response);
      response.writeHead(200, { "content-length": file.length, etag: '"one"' });
      response.write(file.subarray(0, 90_000));
    };
    await fetchFile({ idleTimeout: 300 });
    expect(ranges).toEqual([undefined, "bytes=90000-"]);
    expect(notes).toEqual([`${url}: nothing came for 0.3 s; trying again in 0.005 s`]);
    await expectWhole();
  });

  it("says nothing at all", async () => {
    answer = () => undefined;
    await expect(fetchFile({ idleTimeout: 200, retries: 0 })).rejects.toThrow(
      `${url}: nothing came for 0.2 s; gave up after 1 tries`,
    );
  });

  it("says a length too long: what is missing is asked for, and a file that ends early is never whole", async () => {
    answer = (request, response, count) => {
      if (count > 1) return whole(request, response);
      response.writeHead(200, { "content-length": file.length, etag: '"one"' });
      response.write(file.subarray(0, 299_000), () => response.socket?.end());
    };
    await fetchFile();
    await expectWhole();
    await rm(join(folder, "new"), { recursive: true });
    answer = (request, response) => {
      delete request.headers.range;
      response.writeHead(200, { "content-length": file.length + 1 });
      response.write(file, () => response.socket?.end());
    };
    await expect(download(url, target(), { retries: 1, retryDelay: 5 })).rejects.toThrow("gave up after 2 tries");
    expect(existsSync(target())).toBe(false);
  });

  it("says a length too short: the hash tells, and the size before it", async () => {
    answer = (_, response) => response.writeHead(200, { "content-length": 1000 }).end(file.subarray(0, 1000));
    await expect(download(url, target(), { md5 })).rejects.toThrow(ChecksumError);
    await expect(fetchFile()).rejects.toThrow("expected 300000 bytes, the server offers 1000");
    expect(await readdir(join(folder, "new"))).toEqual([]);
  });

  it("changes the file in mid-way, and knows nothing of If-Range", async () => {
    const other = Buffer.from(file).reverse();
    answer = (request, response, count) => {
      if (count === 1) return cutAfter(80_000)(request, response);
      delete request.headers["if-range"];
      whole(request, response, count, other, '"two"');
    };
    await download(url, target(), { retryDelay: 5, onNote: (note) => notes.push(note) });
    expect(ranges).toEqual([undefined, part, undefined]);
    expect(notes[1]).toMatch(/the file has changed at the server \(it was "one", and is "two"\); trying again/);
    expect(other.equals(await readFile(target()))).toBe(true);
  });

  it("answers 416, or another part than the one asked for: it begins again", async () => {
    for (const status of [416, 206]) {
      await rm(join(folder, "new"), { recursive: true, force: true });
      ranges = [];
      answer = (request, response, count) => {
        if (count === 1) return cutAfter(80_000)(request, response);
        if (count > 2) return whole(request, response);
        const range = status === 416 ? "bytes */70000" : `bytes 0-${file.length - 1}/${file.length}`;
        response.writeHead(status, { "content-range": range }).end(status === 416 ? "" : file);
      };
      await fetchFile();
      expect(ranges).toEqual([undefined, part, undefined]);
      await expectWhole();
    }
  });

  it("asks to wait: Retry-After is obeyed", async () => {
    answer = (request, response, count) =>
      count === 1 ? response.writeHead(503, { "retry-after": "1" }).end() : whole(request, response);
    await fetchFile();
    expect(notes).toEqual([`${url}: status 503 Service Unavailable; trying again in 1 s`]);
    const now = Date.parse("2026-01-01T00:00:00Z");
    expect(retryAfter("Thu, 01 Jan 2026 00:00:07 GMT", now)).toBe(7000);
    expect([undefined, "soon", "-3", "99999"].map((text) => retryAfter(text, now))).toEqual([0, 0, 0, 300_000]);
  });

  it("redirects without end", async () => {
    answer = (_, response) => response.writeHead(302, { location: "/round" }).end();
    await expect(fetchFile()).rejects.toThrow(`${url}: expected a file, got more than 5 redirects`);
  });
});

describe("proxies", () => {
  it("are used for hosts that NO_PROXY does not except", async () => {
    for (const name of ["HTTP_PROXY", "http_proxy"]) vi.stubEnv(name, new URL(url).origin);
    answer = (request, response) => {
      requested.push(request.url!);
      whole(request, response);
    };
    const requested: string[] = [];
    await download("http://files.example/a.tar.gz", target());
    expect(requested).toEqual(["http://files.example/a.tar.gz"]);
    await expectWhole();
    for (const name of ["NO_PROXY", "no_proxy"]) vi.stubEnv(name, "files.example");
    const options = { retries: 0, force: true, idleTimeout: 5000 };
    await expect(download("http://files.example:1/b.tar.gz", target(), options)).rejects.toThrow(DownloadError);
    expect(requested).toHaveLength(1);
  });

  it("that refuse are named by their variable, never by what it holds", async () => {
    const proxy = `http://user:secret@${new URL(url).host}`;
    for (const name of ["HTTPS_PROXY", "https_proxy"]) vi.stubEnv(name, proxy);
    server.on("connect", (_, socket) => socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n"));
    const error = await failure(download("https://files.example/a.tar.gz", target(), { retries: 0 }));
    expect(error.message).toMatch(/the proxy refuses to connect, with status 407\n {2}hint: .* that https_proxy names/);
    expect(error.message).not.toContain("secret");
  });
});

describe("a download that fails", () => {
  it("names URL and status, and tries a refusal only once", async () => {
    answer = (_, response) => response.writeHead(404).end("no");
    const error = await failure(fetchFile());
    expect(error).toBeInstanceOf(DownloadError);
    expect(error).toMatchObject({ url, status: 404, message: `${url}: expected the file, got status 404 Not Found` });
    expect(ranges).toHaveLength(1);
    expect(await readdir(join(folder, "new"))).toEqual([]);
  });

  it("keeps nothing of a file with a wrong hash", async () => {
    const wrong = Buffer.from(file);
    wrong[7]! ^= 1;
    answer = (request, response, count) => whole(request, response, count, wrong);
    const error = await failure(fetchFile());
    expect(error).toBeInstanceOf(ChecksumError);
    const got = createHash("md5").update(wrong).digest("hex");
    expect(error.message).toBe(
      `${url}: not the file published: expected md5 ${md5}, got ${got}; what came is thrown away`,
    );
    expect(await readdir(join(folder, "new"))).toEqual([]);
  });

  it("notices another file before it is fetched, and one without end", async () => {
    answer = (_, response) => response.writeHead(200, { "content-type": "text/html" }).end("<html>sign in</html>");
    await expect(fetchFile({ bytes: 10 })).rejects.toThrow(/got more; what came is thrown away/);
    answer = (_, response) => {
      response.writeHead(200, { "content-type": "text/html", "content-length": 20 }).end("<html>sign in</html>");
    };
    await expect(fetchFile()).rejects.toThrow(`${url}: expected 300000 bytes, the server offers 20 (text/html)`);
    expect(existsSync(target())).toBe(false);
  });

  it("gives up after so many tries without progress", async () => {
    answer = (_, response) => response.destroy();
    await expect(fetchFile({ retries: 2 })).rejects.toThrow(`${url}: the connection was cut; gave up after 3 tries`);
    expect(ranges).toHaveLength(3);
    // A server that ignores Range and cuts at the same byte each time makes no progress.
    ranges = [];
    answer = (request, response) => {
      delete request.headers.range;
      cutAfter(5000)(request, response);
    };
    await expect(fetchFile({ retries: 2 })).rejects.toThrow("gave up after 3 tries");
    expect(ranges).toHaveLength(3);
  });

  it("refuses an address of another kind", async () => {
    await expect(download("ftp://127.0.0.1/x", target())).rejects.toThrow(
      "ftp://127.0.0.1/x: expected an address that",
    );
  });
});
