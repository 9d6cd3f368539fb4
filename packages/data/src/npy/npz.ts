import { unzipSync, zipSync } from "fflate";
import { quote } from "../errors.ts";
import type { NumpyArray } from "../pickle/numpy.ts";
import { crc32 } from "./crc32.ts";
import { NpyError } from "./errors.ts";
import { type NpyArray, type NpyReadOptions, readNpy, writeNpy } from "./npy.ts";

export interface NpzReadOptions extends NpyReadOptions {
  /** Which arrays to read. Default: all. */
  readonly names?: readonly string[];
  /**
   * Bytes that the arrays may take together. Default: 64 MiB and 40 for each byte of the file, far beyond what pictures
   * deflate to; a file of zeros deflates to a thousandth.
   */
  readonly maxBytes?: number;
}

/**
 * Reads a `.npz` file, as `numpy.savez` and `savez_compressed` write it: arrays by name. Each is checked against the
 * CRC that the file has of it.
 *
 * @throws NpyError naming the file and the array.
 *
 * @example
 * const images = readNpz(await readFile("set.npz")).get("x_train")!;
 */
export function readNpz(bytes: Uint8Array, options: NpzReadOptions = {}): Map<string, NumpyArray> {
  const { names, maxBytes = 2 ** 26 + 40 * bytes.length, allowPickle = false, source = "npz" } = options;
  const arrays = new Map<string, NumpyArray>();
  for (const [file, content] of unzip(bytes, maxBytes, source, names)) {
    const name = file.replace(/\.npy$/, "");
    arrays.set(name, readNpy(content, { allowPickle, source: `${source}: ${quote(file)}` }));
  }
  const missing = names?.find((name) => !arrays.has(name));
  if (missing !== undefined) throw new NpyError(`${source}: expected an array ${quote(missing)}, found none`);
  return arrays;
}

/** Whether bytes begin as a zip does. */
export function isZip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x50 && bytes[1] === 0x4b && (bytes[2] === 3 || bytes[2] === 5);
}

function unzip(bytes: Uint8Array, maxBytes: number, source: string, names: readonly string[] | undefined) {
  if (!isZip(bytes)) throw new NpyError(`${source}: expected a .npz file (a zip), found another kind`);
  const checksums = new Map<string, number>();
  let total = 0;
  const wanted = (file: { name: string; originalSize: number; size: number }) => {
    if (!file.name.endsWith(".npy") || (names && !names.includes(file.name.slice(0, -4)))) return false;
    total += file.originalSize;
    // Deflate makes at most 1032 bytes of one; a file that claims more would only have memory reserved for it.
    if (total > maxBytes || file.originalSize > 1032 * file.size + 64) {
      throw new NpyError(
        `${source}: ${quote(file.name)} claims ${file.originalSize} bytes, more than there can be or than maxBytes allows`,
      );
    }
    return true;
  };
  let files: Record<string, Uint8Array>;
  try {
    for (const [name, crc] of checksumsOf(bytes)) checksums.set(name, crc);
    files = unzipSync(bytes, { filter: wanted });
  } catch (error) {
    if (error instanceof NpyError) throw error;
    throw new NpyError(`${source}: the zip cannot be read: ${(error as Error).message}`, { cause: error });
  }
  for (const [name, content] of Object.entries(files)) {
    if (checksums.get(name) === crc32(content)) continue;
    throw new NpyError(`${source}: ${quote(name)} is damaged: its bytes do not fit the file's CRC`);
  }
  return Object.entries(files);
}

/** The names and CRCs of a zip's central directory, which fflate reads but does not hand out. */
function* checksumsOf(bytes: Uint8Array): Generator<[string, number]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let end = bytes.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== 0x06054b50) end--;
  if (end < 0) throw new Error("it ends early");
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  for (let i = 0; i < count; i++) {
    if (view.getUint32(at, true) !== 0x02014b50) throw new Error("its directory is damaged");
    const [name, extra, comment] = [28, 30, 32].map((field) => view.getUint16(at + field, true)) as [
      number,
      number,
      number,
    ];
    yield [new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + name)), view.getUint32(at + 16, true)];
    at += 46 + name + extra + comment;
  }
}

/**
 * Writes a `.npz` file that `numpy.load` reads: arrays by name.
 *
 * @param options.compress deflates the arrays, as `savez_compressed`. Default: false.
 */
export function writeNpz(
  arrays: Readonly<Record<string, NpyArray>> | ReadonlyMap<string, NpyArray>,
  { compress = false }: { compress?: boolean } = {},
): Uint8Array {
  const entries = arrays instanceof Map ? [...arrays] : Object.entries(arrays as Record<string, NpyArray>);
  const files = entries.map(([name, array]) => [`${name}.npy`, writeNpy(array)] as const);
  // The same arrays make the same file, whenever it is written.
  const options = { level: compress ? 6 : 0, mtime: new Date(1980, 0, 1) } as const;
  return zipSync(Object.fromEntries(files), options);
}
