import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { cifar100 } from "../../fixtures/cifar-archive.ts";
import { ChecksumError, placeCifar } from "../node.ts";
import { type CifarArchive, place } from "./cifar-archives.ts";

let folder = "";
let path = "";
let bytes: Uint8Array;
let published: CifarArchive[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tessera-place-"));
  path = join(folder, "fetched.tgz");
  bytes = await cifar100();
  await writeFile(path, bytes);
  const md5 = createHash("md5").update(bytes).digest("hex");
  published = [{ set: "cifar-100", file: "cifar-100-python.tar.gz", url: "", bytes: bytes.length, md5 }];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it("puts a published archive in its place", async () => {
  const data = join(folder, "data");
  const target = join(data, "cifar-100-python.tar.gz");
  const { bytes: size, md5 } = published[0]!;
  expect(await place(published, "cifar-100", path, data)).toEqual({ path: target, bytes: size, md5, kept: false });
  expect(new Uint8Array(await readFile(target))).toEqual(new Uint8Array(bytes));
  expect(await place(published, "cifar-100", target, data)).toMatchObject({ path: target, kept: true });
  expect(await readdir(data)).toEqual(["cifar-100-python.tar.gz"]);
});

it("refuses another one, naming sizes and hashes", async () => {
  const { md5 } = published[0]!;
  const error = await placeCifar("cifar-100", path, folder).catch((e) => e);
  expect(error).toBeInstanceOf(ChecksumError);
  expect(error.message).toBe(
    `${path}: not the archive published: expected ` +
      "cifar-100-python.tar.gz (169001437 bytes, md5 eb9058c3a382ffc7106e4002c42a8d85) or " +
      "cifar-100-binary.tar.gz (168513733 bytes, md5 03b5dce01913d631647c71ecec9e9cb8), " +
      `got ${bytes.length} bytes, md5 ${md5}`,
  );
  await expect(place(published, "cifar-10", path, folder)).rejects.toThrow("got cifar-100-python.tar.gz of cifar-100,");
  expect(await readdir(folder)).toEqual(["fetched.tgz"]);
});

it("takes one that was packed again if it can be read", async () => {
  const placed = await placeCifar("cifar-100", path, folder, { skipVerify: true });
  expect(placed.path).toBe(join(folder, "cifar-100-python.tar.gz"));
  await expect(placeCifar("cifar-10", path, folder, { skipVerify: true })).rejects.toThrow(
    `${path}: expected an archive of cifar-10, found cifar-100 with 3 training and 3 test images`,
  );
  await writeFile(path, bytes.slice(0, 500));
  await expect(placeCifar("cifar-100", path, folder, { skipVerify: true })).rejects.toThrow("the archive ends early");
});

it("names a file that is not there", async () => {
  await expect(placeCifar("cifar-100", join(folder, "absent"), folder)).rejects.toThrow("absent: no such file");
  await expect(placeCifar("cifar-100", folder, folder)).rejects.toThrow("expected an archive, found no regular file");
});
