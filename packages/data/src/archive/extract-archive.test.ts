import { createHash, randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type TarMember, tarOfHeaders } from "../../fixtures/tar-writer.ts";
import { CorruptArchiveError, MissingDataError } from "../index.ts";
import { type ExtractOptions, extractArchive, UnsafeEntryError } from "../node.ts";

let root = "";
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "tessera-extract-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const text = (value: string) => new TextEncoder().encode(value);
const good: TarMember[] = [
  { name: "set/", type: "5" },
  { name: "set/a", bytes: text("first") },
  { name: "./set/deep/er/b", bytes: text("second") },
];

async function archive(members: readonly TarMember[], name = "set.tar.gz"): Promise<string> {
  const path = join(root, name);
  await writeFile(path, gzipSync(tarOfHeaders(members)));
  return path;
}

/** Extracts below `out`, and gives back the error. */
async function failure(path: string, options: ExtractOptions = {}): Promise<Error> {
  return extractArchive(path, { dir: join(root, "out"), ...options }).then(
    () => expect.unreachable(),
    (error) => error,
  );
}

const contents = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((each) => each.isFile())
      .map((each) => [each.name, readFileSync(join(each.parentPath, each.name), "utf8")]),
  );

describe("an extraction", () => {
  it("makes the folder that all members lie in, and leaves nothing else", async () => {
    const path = await archive(good);
    const seen: number[] = [];
    const done = await extractArchive(path, { onProgress: ({ bytes, total }) => seen.push(bytes / total) });
    expect(done).toEqual({ folder: join(root, "set"), entries: 3, present: false });
    expect(contents(join(root, "set"))).toEqual({ a: "first", b: "second" });
    expect((await readdir(root)).sort()).toEqual(["set", "set.tar.gz"]);
    expect(seen.at(-1)).toBe(1);
  });

  it("names the folder like the archive where members have none in common", async () => {
    const path = await archive([{ name: "a", bytes: text("first") }, ...good], "several.tgz");
    const { folder } = await extractArchive(path, { dir: join(root, "out") });
    expect(folder).toBe(join(root, "out", "several"));
    expect(await readFile(join(folder, "set", "a"), "utf8")).toBe("first");
  });

  it("keeps what is there, and with force replaces it whole", async () => {
    const path = await archive(good);
    await mkdir(join(root, "set"));
    await writeFile(join(root, "set", "mine"), "x");
    const notes: string[] = [];
    const kept = await extractArchive(path, { onNote: (note) => notes.push(note) });
    expect(kept).toEqual({ folder: join(root, "set"), entries: 0, present: true });
    expect(notes).toEqual([`${join(root, "set")} already present - Skipping extraction of ${path}.`]);
    await extractArchive(path, { force: true });
    expect(contents(join(root, "set"))).toEqual({ a: "first", b: "second" });
  });

  it("never replaces a file of that name unasked", async () => {
    const path = await archive(good);
    await writeFile(join(root, "set"), "mine");
    await expect(extractArchive(path)).rejects.toThrow(`${join(root, "set")}: is there already, and nothing of`);
    expect(await readFile(join(root, "set"), "utf8")).toBe("mine");
    expect((await readdir(root)).sort()).toEqual(["set", "set.tar.gz"]);
  });

  it("finds the folder of the first member, whatever the archive is called", async () => {
    const path = await archive(good, "downloaded-17.tar.gz");
    expect(await extractArchive(path)).toMatchObject({ folder: join(root, "set"), present: false });
    expect(await extractArchive(path)).toMatchObject({ folder: join(root, "set"), present: true });
  });

  it("clears away what a killed one left, and leaves that of a running one", async () => {
    const path = await archive(good);
    // No process has the number of Linux's and macOS's bound on them.
    await mkdir(join(root, ".set.4194305.extracting", "set"), { recursive: true });
    await mkdir(join(root, `.set.${process.ppid}.extracting`));
    await extractArchive(path);
    expect((await readdir(root)).sort()).toEqual([`.set.${process.ppid}.extracting`, "set", "set.tar.gz"]);
  });

  it("can be stopped, and leaves nothing", async () => {
    const path = await archive(good);
    const stop = new AbortController();
    const onProgress = () => stop.abort();
    await expect(extractArchive(path, { signal: stop.signal, onProgress })).rejects.toThrow(/abort/i);
    expect(await readdir(root)).toEqual(["set.tar.gz"]);
  });

  it("has the bytes that went in, of sizes around a block", async () => {
    const files = [0, 1, 511, 512, 513, 100_000].map((size) => ({ name: `s/${size}`, bytes: randomBytes(size) }));
    const { folder } = await extractArchive(await archive(files));
    const hash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
    for (const { name, bytes } of files) {
      expect(hash(await readFile(join(folder, name.slice(2)))), name).toBe(hash(bytes));
    }
  });
});

describe("what is refused by name, with nothing kept", () => {
  const evil = { bytes: text("evil") };
  it.each<[string, TarMember, string]>([
    ["a way up", { name: "set/../../evil", ...evil }, "its path leads out of the folder"],
    ["a way up at the start", { name: "../evil", ...evil }, "its path leads out of the folder"],
    ["a folder above", { name: "..", type: "5" }, "its path leads out of the folder"],
    ["an absolute path", { name: "/tmp/tessera-evil", ...evil }, "its path is absolute"],
    ["a drive letter", { name: "C:evil", ...evil }, "its path begins with a drive letter"],
    [
      "backslashes",
      { name: "set\\..\\..\\evil", ...evil },
      "its name has a backslash, which leads elsewhere on Windows",
    ],
    ["the folder itself", { name: "./", ...evil }, "its path is the folder itself"],
    ["a symbolic link", { name: "set/l", type: "2", linkname: "/etc" }, "a symbolic link is not followed"],
    ["a hard link", { name: "set/l", type: "1", linkname: "/etc/passwd" }, "a hard link is not followed"],
    ["a character device", { name: "set/null", type: "3" }, "expected a file or a folder, found a character-device"],
    ["a block device", { name: "set/sda", type: "4" }, "expected a file or a folder, found a block-device"],
    ["a pipe", { name: "set/pipe", type: "6" }, "expected a file or a folder, found a fifo"],
    ["a name that comes twice", { name: "set/a", ...evil }, "another member has its place"],
    ["a file below a file", { name: "set/a/b", ...evil }, "another member has its place"],
    ["a file over a folder", { name: "set/deep", ...evil }, "another member has its place"],
  ])("%s", async (_, member, problem) => {
    const path = await archive([...good, member, { name: "set/after", ...evil }]);
    const error = await failure(path);
    expect(error).toBeInstanceOf(UnsafeEntryError);
    expect(error).toMatchObject({ entry: member.name });
    expect(error.message).toBe(
      `${path}: member ${JSON.stringify(member.name)}: ${problem}; nothing of the archive is kept`,
    );
    expect(await readdir(join(root, "out"))).toEqual([]);
    expect(existsSync(join(root, "evil"))).toBe(false);
    expect(existsSync("/tmp/tessera-evil")).toBe(false);
  });
});

describe("archives that are broken or too large", () => {
  it("names truncation and other formats, and keeps nothing", async () => {
    const whole = gzipSync(tarOfHeaders([...good, { name: "set/c", bytes: randomBytes(50_000) }]));
    const path = join(root, "cut.tar.gz");
    for (const end of [whole.length - 1, 20_000, 30, 0]) {
      await writeFile(path, whole.subarray(0, end));
      const error = await failure(path);
      expect(error).toBeInstanceOf(CorruptArchiveError);
      expect(error.message).toContain("the archive ends early");
      expect(existsSync(join(root, "out")) ? await readdir(join(root, "out")) : []).toEqual([]);
    }
    await writeFile(path, "<html>");
    expect((await failure(path)).message).toContain("expected a gzip archive, found another format");
    await writeFile(path, gzipSync(Buffer.alloc(1024)));
    expect((await failure(path)).message).toContain("expected an archive with files, found an empty one");
  });

  it("ends where a member is cut inside a whole gzip, too", async () => {
    const tar = tarOfHeaders([...good, { name: "set/c", bytes: new Uint8Array(9000) }]);
    const path = join(root, "inside.tar.gz");
    for (const end of [tar.length - 1024 - 3000, 1536 + 600, 700]) {
      await writeFile(path, gzipSync(tar.subarray(0, end)));
      expect((await failure(path)).message).toContain("the archive ends early");
      expect(await readdir(join(root, "out"))).toEqual([]);
    }
  });

  it("stops at the bounds on members and on unpacked bytes", async () => {
    const path = await archive(good);
    expect((await failure(path, { maxEntries: 2 })).message).toContain("it has more than 2 members");
    // 64 MiB of zeros are 64 kB of gzip.
    const bomb = await archive([{ name: "set/zeros", bytes: new Uint8Array(2 ** 26) }], "bomb.tar.gz");
    const error = await failure(bomb, { maxBytes: 2 ** 24 });
    expect(error).toBeInstanceOf(CorruptArchiveError);
    expect(error.message).toContain("it unpacks to more than 16777216 bytes");
    expect(await readdir(join(root, "out"))).toEqual([]);
  });

  it("names a file that is not there", async () => {
    expect(await failure(join(root, "absent.tar.gz"))).toBeInstanceOf(MissingDataError);
  });
});
