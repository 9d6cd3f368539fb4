import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { CorruptRecordError, decodeIndex, encodeIndex, encodeRecord } from "../index.ts";
import { buildIndex, readIndex, TfRecordIndex, TfRecordWriter } from "../node.ts";

const root = mkdtempSync(join(tmpdir(), "tessera-index-"));
let path: string;
beforeEach(() => {
  path = join(mkdtempSync(join(root, "case-")), "a.tfrecord");
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const joined = (parts: readonly Uint8Array[]) => Uint8Array.from(Buffer.concat(parts));
const datas = [3, 40_000, 0, 17, 20_000, 1].map((size, i) => new Uint8Array(size).fill(i + 1));
const file = joined(datas.map(encodeRecord));

/** What DALI's tfrecord2idx writes: it reads a length and leaps over the frame, from the beginning to the end. */
function tfrecord2idx(bytes: Uint8Array): string {
  let text = "";
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < bytes.length; ) {
    const size = 8 + 4 + Number(view.getBigInt64(at, true)) + 4;
    text += `${at} ${size}\n`;
    at += size;
  }
  return text;
}

describe("an index", () => {
  it("is what tfrecord2idx writes, built or written along", async () => {
    writeFileSync(path, file);
    const index = await buildIndex(path);
    expect(readFileSync(`${path}.idx`, "utf8")).toBe(tfrecord2idx(file));
    expect(await readIndex(`${path}.idx`)).toEqual(index);

    await using writer = await TfRecordWriter.create(path, { index: true });
    for (const data of datas.slice(1)) await writer.write(data);
    await writer.close();
    expect(readFileSync(`${path}.idx`, "utf8")).toBe(tfrecord2idx(joined(datas.slice(1).map(encodeRecord))));
  });

  it("gives each record, in any order and at once, with an index file and without", async () => {
    writeFileSync(path, file);
    for (const indexPath of [undefined, join(path, "..", "other.idx")]) {
      if (indexPath) await buildIndex(path, { indexPath });
      await using records = await TfRecordIndex.open(path, { indexPath });
      expect(records.count).toBe(6);
      const order = [5, 1, 0, 4, 2, 3, 1];
      const found = await Promise.all(order.map((record) => records.read(record)));
      expect(found.map(({ data }) => data)).toEqual(order.map((record) => datas[record]));
      expect(found[1]).toMatchObject({ source: path, record: 1, offset: 19, compression: "none" });
      await expect(records.read(6)).rejects.toThrow(`${path}: record: expected an integer from 0 to 5, got 6`);
    }
  });

  it("of an empty file is empty", async () => {
    writeFileSync(path, "");
    await buildIndex(path);
    expect(readFileSync(`${path}.idx`, "utf8")).toBe("");
    await using records = await TfRecordIndex.open(path);
    expect(records.count).toBe(0);
  });

  it("is refused of a compressed file", async () => {
    writeFileSync(path, gzipSync(file));
    const message = `${path}: expected an uncompressed file, got gzip, in which no record has a place of its own\n  hint: `;
    await expect(buildIndex(path)).rejects.toThrow(message);
    await expect(TfRecordIndex.open(path)).rejects.toThrow(message);
  });

  it("that is not of the file as it is now is noticed", async () => {
    writeFileSync(path, file);
    await buildIndex(path);
    // Another length: noticed at once.
    writeFileSync(path, file.subarray(0, 19));
    await expect(TfRecordIndex.open(path)).rejects.toThrow(
      `${path}.idx: not an index of the file as it is: its records end at byte ${file.length}, ${path} at 19\n  hint: build it again: tessera tfrecord index ${path}`,
    );
    // The same length, other records: noticed where they differ.
    writeFileSync(path, joined([...datas].reverse().map(encodeRecord)));
    await using records = await TfRecordIndex.open(path);
    await expect(records.read(0)).rejects.toThrow(
      `${path}.idx: not an index of the file as it is: record 0 has 19 bytes there, 17 in ${path}`,
    );
    await expect(records.read(3)).rejects.toThrow("no record begins at byte 40051 of");
    await expect(TfRecordIndex.open(path, { indexPath: `${path}.no` })).rejects.toThrow(".no: no such file or folder");
  });

  it("tells damage of a record from an old index", async () => {
    const bytes = file.slice();
    bytes[19 + 12]! ^= 1;
    writeFileSync(path, bytes);
    await using records = await TfRecordIndex.open(path);
    await expect(records.read(1)).rejects.toThrow(CorruptRecordError);
    await expect(records.read(1)).rejects.toThrow(`${path}: record 1 (at byte 19): the data's checksum differs`);
    await expect(buildIndex(path)).rejects.toThrow(`${path}: record 1 (at byte 19): the data's checksum differs`);
    await using small = await TfRecordIndex.open(path, { maxRecordBytes: 40_000 });
    expect((await small.read(0)).data).toEqual(datas[0]);
    await expect(TfRecordIndex.open(path, { maxRecordBytes: 39_999 })).rejects.toThrow("maxRecordBytes = 39999 bytes");
    await buildIndex(path).catch(() => undefined);
    writeFileSync(`${path}.idx`, tfrecord2idx(file));
    await using indexed = await TfRecordIndex.open(path, { maxRecordBytes: 39_999 });
    await expect(indexed.read(1)).rejects.toThrow("expected at most maxRecordBytes = 39999 bytes, found 40000");
  });

  it("cut at every byte is named when the headers are read", async () => {
    const small = joined([datas[0]!, datas[3]!].map(encodeRecord));
    for (let length = 1; length < small.length; length++) {
      if (length === 19) continue;
      writeFileSync(path, small.subarray(0, length));
      await expect(TfRecordIndex.open(path)).rejects.toThrow(
        `${path}: record ${length < 19 ? 0 : 1} (at byte ${length < 19 ? 0 : 19}): truncated: expected`,
      );
    }
  });
});

describe("decodeIndex", () => {
  it("reads what encodeIndex writes, whichever way lines end", () => {
    const text = tfrecord2idx(file);
    expect(encodeIndex(decodeIndex(text))).toBe(text);
    expect(decodeIndex(text.replaceAll("\n", "\r\n"))).toEqual(decodeIndex(text));
    expect(decodeIndex(text.trimEnd())).toEqual(decodeIndex(text));
  });

  it.each([
    ["0 19\n19 x\n", 'line 2: expected an offset and a size in bytes, got "19 x"'],
    ["0 19\n\n19 16\n", 'line 2: expected an offset and a size in bytes, got ""'],
    ["0 19\n20 16\n", 'line 2: expected offset 19, where the record before ends, got "20 16"'],
    ["5 19\n", 'line 1: expected offset 0, where the record before ends, got "5 19"'],
    ["0 15\n", 'line 1: expected a size of at least 16, which a frame takes, got "0 15"'],
    ["0 9007199254740993\n", "line 1: expected bytes up to 2^53 − 1"],
    ["key: value\n", 'line 1: expected an offset and a size in bytes, got "key: value"'],
  ])("names the line that is not as it should be: %j", (text, message) => {
    expect(() => decodeIndex(text, "a.idx")).toThrow(`a.idx: ${message}`);
  });
});
