import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { tarOfHeaders } from "../../fixtures/tar-writer.ts";
import { ChecksumError, chooseDistribution, DATA_SETS, DISTRIBUTIONS, type Distribution } from "../node.ts";
import { downloadDistribution } from "./download-set.ts";

const archive = gzipSync(tarOfHeaders([{ name: "colours/a.npy", bytes: new Uint8Array(3000).fill(7) }]));
const bodies: Record<string, Uint8Array> = {
  "/whole.tar.gz": archive,
  "/cut.tar.gz": archive.subarray(0, archive.length - 9),
  "/a.parquet": new TextEncoder().encode("PAR1 first"),
  "/b.parquet": new TextEncoder().encode("PAR1 second"),
};
const sha256 = (name: string) => createHash("sha256").update(bodies[name]!).digest("hex");

let root = "";
let base = "";
let server: Server;
beforeAll(async () => {
  for (const name of ["NO_PROXY", "no_proxy"]) vi.stubEnv(name, "127.0.0.1");
  root = await mkdtemp(join(tmpdir(), "tessera-set-"));
  server = createServer((request, response) => response.end(bodies[request.url!]));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await new Promise((resolve) => server.close(resolve));
  await rm(root, { recursive: true, force: true });
});

const way = (files: Distribution["files"], folder?: string): Distribution => ({
  ...({ set: "colours", title: "", format: "npy", mirror: "official", files, hashes: "" } as const),
  ...(folder && { folder }),
});

it("without a published hash, an archive must be whole to its end", async () => {
  const file = (name: string) => ({ name, url: `${base}/${name}` });
  const done = await downloadDistribution(way([file("whole.tar.gz")]), root);
  expect(done).toMatchObject({ path: join(root, "whole.tar.gz"), files: [{ bytes: archive.length, kept: false }] });
  await expect(downloadDistribution(way([file("cut.tar.gz")]), root)).rejects.toThrow(ChecksumError);
  expect(await readdir(root)).toEqual(["whole.tar.gz"]);
});

it("without a published hash, a cut archive is not kept, and one that is there is replaced", async () => {
  const set = way([{ name: "healed.tar.gz", url: `${base}/healed.tar.gz` }]);
  const target = join(root, "healed.tar.gz");
  bodies["/healed.tar.gz"] = bodies["/cut.tar.gz"]!;
  await expect(downloadDistribution(set, root)).rejects.toThrow(
    /healed\.tar\.gz: not the file published: .*ends early/,
  );
  expect(existsSync(target)).toBe(false);
  await writeFile(target, bodies["/cut.tar.gz"]!);
  bodies["/healed.tar.gz"] = archive;
  const notes: string[] = [];
  const onNote = (note: string) => notes.push(note);
  expect((await downloadDistribution(set, root, { onNote })).files).toMatchObject([{ kept: false }]);
  expect(notes).toEqual([expect.stringMatching(/the archive ends early.*; it is replaced$/)]);
  expect(new Uint8Array(await readFile(target))).toEqual(new Uint8Array(archive));
  expect((await downloadDistribution(set, root)).files).toMatchObject([{ kept: true }]);
});

it("fetches every file of a set to its folder, each checked by sha256", async () => {
  const file = (name: string, hash = sha256(`/${name}`)) => ({ name, url: `${base}/${name}`, sha256: hash });
  const titles = new Set<string>();
  const onProgress = ({ title }: { title: string }) => titles.add(title);
  const set = way([file("a.parquet"), file("b.parquet")], "p");
  expect(await downloadDistribution(set, root, { onProgress })).toMatchObject({
    path: join(root, "p"),
    files: [{ path: join(root, "p", "a.parquet") }, { sha256: sha256("/b.parquet") }],
  });
  expect([...titles]).toEqual(["a.parquet", "b.parquet"]);
  const wrong = way([file("a.parquet", "0".repeat(64))], "q");
  await expect(downloadDistribution(wrong, root)).rejects.toThrow(ChecksumError);
});

it("knows each set's ways, and says so where there is none", () => {
  expect(new Set(DISTRIBUTIONS.map(({ set }) => set))).toEqual(new Set(DATA_SETS));
  expect(chooseDistribution("cifar100").files[0]!.name).toBe("cifar-100-python.tar.gz");
  expect(chooseDistribution("cifar100", { mirror: "huggingface" }).format).toBe("parquet");
  expect(chooseDistribution("cifar10", { format: "binary" }).mirror).toBe("official");
  expect(() => chooseDistribution("flowers17", { format: "parquet" })).toThrow(
    'flowers17: there is no "parquet"; there is jpeg from official',
  );
});
