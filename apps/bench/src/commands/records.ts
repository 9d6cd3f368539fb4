import { mkdtempSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeRecord } from "@tessera/tfrecord";
import { readRecords, TfRecordWriter } from "@tessera/tfrecord/node";
import { type Spread, spreadOf, writeJson } from "../report/record.ts";

interface RecordsOptions {
  readonly records: number;
  readonly recordBytes: number;
  readonly rounds: number;
  readonly dir?: string;
  readonly json?: string;
}

const CHUNK_BYTES = 2 ** 20;

/** `bench records`: TFRecord files, beside the same bytes without frames and checksums. */
export async function benchRecords({ records, recordBytes, rounds, dir, json }: RecordsOptions): Promise<void> {
  const folder = mkdtempSync(join(dir ?? tmpdir(), "tessera-bench-"));
  const path = join(folder, "records.tfrecord");
  const data = noise(recordBytes);
  const megabytes = (records * encodeRecord(data).length) / 1e6;
  console.log(
    `${records} records of ${recordBytes} bytes, ${megabytes.toFixed(0)} MB a file, ${rounds} rounds, Node ${process.version}`,
  );
  const jobs = {
    "raw write": () => rawWrite(join(folder, "raw"), megabytes * 1e6),
    write: () => writeRecords(path, records, data),
    "raw read": () => rawRead(path, megabytes * 1e6),
    read: () => countRecords(path, records, recordBytes),
  };
  try {
    const speeds = await takeTurns(jobs, rounds, megabytes);
    const result = {
      benchmark: "records",
      records,
      recordBytes,
      megabytesPerSecond: speeds,
      resident: await residentMegabytes(path, records),
    };
    print(result.megabytesPerSecond, result.resident);
    if (json !== undefined) writeJson(json, result);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Bytes that no one could compress. */
function noise(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 24);
}

async function takeTurns<Name extends string>(
  jobs: Record<Name, () => Promise<void>>,
  rounds: number,
  megabytes: number,
) {
  const names = Object.keys(jobs) as Name[];
  const speeds = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      const start = performance.now();
      await jobs[name]();
      speeds[name].push((megabytes * 1000) / (performance.now() - start));
    }
  }
  return Object.fromEntries(names.map((name) => [name, spreadOf(speeds[name])])) as Record<Name, Spread>;
}

async function writeRecords(path: string, records: number, data: Uint8Array): Promise<void> {
  await using writer = await TfRecordWriter.create(path);
  for (let i = 0; i < records; i++) await writer.write(data);
  await writer.close();
}

/** As the writer does, a megabyte at a time and synced. */
async function rawWrite(path: string, bytes: number): Promise<void> {
  const chunk = noise(CHUNK_BYTES);
  const handle = await open(path, "w");
  for (let left = bytes; left > 0; left -= chunk.length) await handle.write(chunk, 0, Math.min(left, chunk.length));
  await handle.sync();
  await handle.close();
}

async function countRecords(path: string, records: number, recordBytes: number): Promise<void> {
  let [count, bytes] = [0, 0];
  for await (const { data } of readRecords(path)) {
    count++;
    bytes += data.length;
  }
  if (count !== records || bytes !== records * recordBytes) throw new Error(`read ${count} records of ${bytes} bytes`);
}

async function rawRead(path: string, bytes: number): Promise<void> {
  const handle = await open(path, "r");
  let total = 0;
  const buffer = Buffer.alloc(CHUNK_BYTES);
  for (let read = 1; read > 0; total += read) read = (await handle.read(buffer, 0, CHUNK_BYTES)).bytesRead;
  await handle.close();
  if (total !== bytes) throw new Error(`read ${total} bytes of ${bytes}`);
}

/** Resident memory after a tenth of the records, and the most after that. */
async function residentMegabytes(path: string, records: number): Promise<{ early: number; most: number }> {
  let [count, early, most] = [0, 0, 0];
  const step = Math.max(1, Math.floor(records / 10));
  for await (const _ of readRecords(path)) {
    if (++count % step !== 0) continue;
    const megabytes = process.memoryUsage.rss() / 1e6;
    if (early === 0) early = megabytes;
    most = Math.max(most, megabytes);
  }
  return { early, most };
}

function print(
  speeds: Record<"write" | "raw write" | "read" | "raw read", Spread>,
  { early, most }: { early: number; most: number },
) {
  const range = ({ median, min, max }: Spread) => `${median.toFixed(0)} MB/s (${min.toFixed(0)} to ${max.toFixed(0)})`;
  for (const [name, raw, what] of [
    ["read", "raw read", "every checksum checked"],
    ["write", "raw write", "synced and renamed"],
  ] as const) {
    const ratio = (speeds[name].median / speeds[raw].median).toFixed(2);
    console.log(`${name}: ${range(speeds[name])}, ${what}; ${raw} ${range(speeds[raw])}; ratio ${ratio}`);
  }
  console.log(
    `resident memory while reading: ${early.toFixed(0)} MB after a tenth of the records, at most ${most.toFixed(0)} MB`,
  );
}
