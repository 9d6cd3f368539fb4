import { existsSync } from "node:fs";
import { type FileHandle, open, readFile } from "node:fs/promises";
import { openRanged, SafetensorsError } from "@tessera/safetensors";
import { DataError, MissingDataError } from "../errors.ts";
import { isZip, readNpz } from "../npy/npz.ts";
import { decodePreprocessor, PREPROCESSOR, preprocessorTensors } from "../preprocess/preprocessor-file.ts";
import { type FoundArray, setFrom } from "./named-arrays.ts";
import { decodeProcessedPickle } from "./processed-pickle.ts";
import type { ProcessedMetadata, ProcessedSet } from "./processed-set.ts";
import { readRange } from "./whole-file.ts";
import { METADATA } from "./write-processed.ts";

/**
 * Reads a set that {@link writeProcessed} wrote, whatever its name: the format is told by its first bytes. Also takes a
 * pickle of the five keys that Python wrote; without a description beside it, nothing is known of what was applied.
 *
 * @throws MissingDataError, DataError, PickleError or SafetensorsError, naming the file.
 */
export async function loadProcessed(path: string): Promise<ProcessedSet> {
  const file = await open(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
    throw new MissingDataError(`${path}: no such file; make it with tessera prepare`);
  });
  try {
    const start = await readRange(file, 0, 9);
    const { size } = await file.stat();
    if (isZip(start)) return loadNpz(path, await readRange(file, 0, size));
    if (start[0] === 0x80) return await loadPickle(path, await readRange(file, 0, size));
    if (beginsSafetensors(start, size)) return await loadSafetensors(path, file, size);
  } finally {
    await file.close();
  }
  throw new DataError(`${path}: expected a prepared set (safetensors, npz or pickle), found another kind of file`);
}

/** Bytes at the end of a zip that have the names of a prepared set's few arrays. */
const DIRECTORY = 4096;

/** Whether a file looks like a prepared set: a safetensors file, a pickle, or an npz with a description. */
export async function isProcessed(path: string): Promise<boolean> {
  const file = await open(path).catch(() => null);
  if (!file) return false;
  try {
    const { size } = await file.stat();
    // A folder can be opened, but not read.
    const start = await readRange(file, 0, 9).catch(() => new Uint8Array(0));
    if (!isZip(start)) return start[0] === 0x80 || beginsSafetensors(start, size);
    const end = await readRange(file, Math.max(0, size - DIRECTORY), DIRECTORY);
    return Buffer.from(end).includes(`${METADATA}.npy`);
  } finally {
    await file.close();
  }
}

/** Whether a file's first nine bytes are the length of a header that fits in it, and the header's brace. */
function beginsSafetensors(start: Uint8Array, size: number): boolean {
  if (start.length < 9 || start[8] !== 0x7b) return false;
  const { buffer, byteOffset } = start;
  // Parquet's `PAR1` and what follows are a length that no file has; gzip's ninth byte is never a brace.
  return new DataView(buffer, byteOffset).getBigUint64(0, true) <= BigInt(size - 8);
}

async function loadSafetensors(path: string, file: FileHandle, size: number): Promise<ProcessedSet> {
  try {
    const { header, read } = await openRanged((offset, length) => readRange(file, offset, length), size);
    const description = header.metadata.get(METADATA);
    if (description === undefined) {
      throw new DataError(`${path}: expected the metadata key "${METADATA}", found none: it is no prepared set`);
    }
    const arrays = new Map<string, FoundArray>();
    for (const name of header.tensors.keys()) arrays.set(name, await read(name));
    return setFrom(arrays, description, path);
  } catch (error) {
    if (!(error instanceof SafetensorsError)) throw error;
    throw new DataError(`${path}: ${error.message}`, { cause: error });
  }
}

function loadNpz(path: string, bytes: Uint8Array): ProcessedSet {
  const arrays = readNpz(bytes, { source: path });
  const description: unknown = arrays.get(METADATA)?.data[0];
  if (typeof description !== "string") {
    throw new DataError(`${path}: expected an array "${METADATA}" of text, found none: it is no prepared set`);
  }
  return setFrom(arrays, description, path);
}

async function loadPickle(path: string, bytes: Uint8Array): Promise<ProcessedSet> {
  const { arrays, classNames } = decodeProcessedPickle(bytes, path);
  const beside = `${path}.${PREPROCESSOR}.safetensors`;
  if (existsSync(beside)) {
    const preprocessor = decodePreprocessor(await readFile(beside), beside);
    for (const [name, tensor] of preprocessorTensors(preprocessor)) arrays.set(name, tensor);
  }
  const description = existsSync(`${path}.json`)
    ? await readFile(`${path}.json`, "utf8")
    : JSON.stringify(unknownOrigin(arrays.get("train.images")?.shape ?? [], classNames));
  return setFrom(arrays, description, path);
}

function unknownOrigin(shape: readonly number[], classNames: string[]): ProcessedMetadata {
  const [height = 0, width = 0, channels = 0] = shape.slice(1);
  return {
    version: 1,
    name: "pickle",
    source: [],
    classNames,
    shuffleSeed: null,
    preprocessing: { sharpen: false, normalize: "none", shape: [height, width, channels] },
    versions: {},
  };
}
