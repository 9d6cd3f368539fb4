import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { tarOfHeaders } from "../../fixtures/tar-writer.ts";
import { getFile, maybeDownload, maybeExtract, percentProgress } from "../node.ts";

const file = gzipSync(tarOfHeaders([{ name: "colours/a.npy", bytes: new TextEncoder().encode("x") }]));
let root = "";
let server: Server;
let url = "";
let requests = 0;
let notes: string[] = [];
const onNote = (note: string) => notes.push(note);

beforeEach(async () => {
  for (const name of ["NO_PROXY", "no_proxy"]) vi.stubEnv(name, "127.0.0.1");
  root = await mkdtemp(join(tmpdir(), "tessera-maybe-"));
  [requests, notes] = [0, []];
  server = createServer((request, response) => {
    requests++;
    if (request.url === "/absent") response.writeHead(404).end();
    else response.writeHead(200, { "content-length": file.length }).end(file);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterEach(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(root, { recursive: true, force: true });
});

it("maybeDownload fetches what is absent or forced, and measures what is there", async () => {
  const options = { dataRoot: root, baseUrl: url, onNote };
  const path = await maybeDownload("c.tar.gz", file.length, options);
  expect(path).toBe(join(root, "c.tar.gz"));
  await maybeDownload("c.tar.gz", file.length, options);
  expect(requests).toBe(1);
  await maybeDownload("c.tar.gz", file.length, { ...options, force: true });
  expect(requests).toBe(2);
  await expect(maybeDownload("c.tar.gz", 169001437, options)).rejects.toThrow(
    `Failed to verify ${path}: expected 169001437 bytes, got ${file.length}. Can you get to it with a browser?`,
  );
});

it("percentProgress prints each new percent once: every fifth as a number, the others as a dot", () => {
  let out = "";
  const report = percentProgress((text) => {
    out += text;
  });
  for (const bytes of [0, 1, 9, 10, 15, 20, 39, 50, 50, 59, 60, 1000]) report({ bytes, total: 1000 });
  report({ bytes: 5, total: undefined });
  expect(out).toBe("0%...5%.100%");
});

it("maybeExtract skips a folder that is there, unless forced", async () => {
  const path = join(root, "colours.tar.gz");
  await writeFile(path, file);
  const folder = await maybeExtract(path, { onNote });
  expect(folder).toBe(join(root, "colours"));
  await rm(join(folder, "a.npy"));
  expect(await maybeExtract(path, { onNote })).toBe(folder);
  expect(notes.at(-1)).toBe(`${folder} already present - Skipping extraction of ${path}.`);
  expect(await readdir(folder)).toEqual([]);
  await maybeExtract(path, { force: true, onNote });
  expect(await readdir(folder)).toEqual(["a.npy"]);
});

it("getFile downloads and extracts once, and says where", async () => {
  const cacheDir = join(root, "data");
  const options = { untar: true, cacheDir, onNote };
  for (const _ of [1, 2]) expect(await getFile("colours", `${url}k.tar.gz`, options)).toBe(join(cacheDir, "colours"));
  expect(requests).toBe(1);
  expect(notes[0]).toBe(`File path: ${join(cacheDir, "colours.tar.gz")}`);
  expect(await readdir(join(cacheDir, "colours"))).toEqual(["a.npy"]);
  const plain = await getFile("k.tgz", `${url}k.tar.gz`, { extract: true, cacheDir: join(root, "two"), onNote });
  expect(plain).toBe(join(root, "two", "k.tgz"));
  expect((await readdir(join(root, "two"))).sort()).toEqual(["colours", "k.tgz"]);
});

it("getFile leaves nothing after an error", async () => {
  await expect(getFile("x", `${url}absent`, { cacheDir: root, onNote })).rejects.toThrow("status 404");
  expect(await readdir(root)).toEqual([]);
});
