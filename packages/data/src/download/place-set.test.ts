import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { cifar100 } from "../../fixtures/cifar-archive.ts";
import { ChecksumError, placeSet } from "../node.ts";
import type { Distribution } from "./catalogue.ts";
import { placeAmong } from "./place-set.ts";

let folder = "";
let path = "";
let bytes: Uint8Array;
let published: Distribution[];
let md5 = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tessera-place-"));
  path = join(folder, "fetched.tgz");
  bytes = await cifar100();
  await writeFile(path, bytes);
  md5 = createHash("md5").update(bytes).digest("hex");
  const files = [{ name: "cifar-100-python.tar.gz", url: "", bytes: bytes.length, md5 }];
  published = [{ set: "cifar100", title: "", format: "python", mirror: "official", files, hashes: "" }];
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it("puts a published archive in its place", async () => {
  const data = join(folder, "data");
  const target = join(data, "cifar-100-python.tar.gz");
  expect(await placeAmong(published, "cifar100", path, data)).toMatchObject({
    path: target,
    bytes: bytes.length,
    md5,
    kept: false,
  });
  expect(new Uint8Array(await readFile(target))).toEqual(new Uint8Array(bytes));
  expect(await placeAmong(published, "cifar100", target, data)).toMatchObject({ path: target, kept: true });
  expect(await readdir(data)).toEqual(["cifar-100-python.tar.gz"]);
});

it("refuses another one, naming sizes and hashes", async () => {
  const error = await placeSet("cifar100", path, folder).catch((error) => error);
  expect(error).toBeInstanceOf(ChecksumError);
  expect(error.message).toBe(
    `${path}: not the file published: expected ` +
      "cifar-100-python.tar.gz (169001437 bytes, md5 eb9058c3a382ffc7106e4002c42a8d85) or " +
      "cifar-100-binary.tar.gz (168513733 bytes, md5 03b5dce01913d631647c71ecec9e9cb8) or " +
      "train-00000-of-00001.parquet (118518617 bytes, " +
      "sha256 694865d6b990e234804f01268586c41e88bcbbb75e20858432c05ad4081aca23) or " +
      "test-00000-of-00001.parquet (23772751 bytes, " +
      "sha256 98776c529bb146a9c791229df74a5cf076be9b43d82dbbd334b6a7788d73dc68), " +
      `got ${bytes.length} bytes, md5 ${md5}`,
  );
  await expect(placeAmong(published, "cifar10", path, folder)).rejects.toThrow(
    "got cifar-100-python.tar.gz of cifar100,",
  );
  expect(await readdir(folder)).toEqual(["fetched.tgz"]);
});

it("takes one that was packed again if it can be read", async () => {
  const placed = await placeSet("cifar100", path, folder, { skipVerify: true });
  expect(placed.path).toBe(join(folder, "cifar-100-python.tar.gz"));
  await expect(placeSet("cifar10", path, folder, { skipVerify: true })).rejects.toThrow(
    `${path}: expected an archive of cifar-10, found cifar-100 with 3 training and 3 test images`,
  );
  await writeFile(path, bytes.slice(0, 500));
  await expect(placeSet("cifar100", path, folder, { skipVerify: true })).rejects.toThrow("the archive ends early");
});

it("names a file that is not there", async () => {
  await expect(placeSet("cifar100", join(folder, "absent"), folder)).rejects.toThrow("absent: no such file");
  await expect(placeSet("cifar100", folder, folder)).rejects.toThrow("expected an archive, found no regular file");
});
