/** @file HDF5 files in memory, through h5wasm, which is loaded when the first of them is written or read. */
import { ArgumentError } from "@tessera/tensor";
import type { File } from "h5wasm";

let count = 0;

async function library() {
  const h5wasm = await import("h5wasm");
  const module = await h5wasm.ready;
  // Otherwise it prints what is wrong, and goes on.
  module.activate_throwing_error_handler();
  return { File: h5wasm.File, FS: module.FS };
}

/** The bytes of a file that `fill` has filled. */
export async function writeHdf5(fill: (file: File) => void): Promise<Uint8Array> {
  const { File, FS } = await library();
  const path = `/written-${count++}.h5`;
  const file = new File(path, "w");
  try {
    fill(file);
    file.flush();
    file.close();
    return FS.readFile(path);
  } finally {
    FS.unlink(path);
  }
}

/**
 * What `read` makes of a file.
 *
 * @throws ArgumentError if the bytes are no HDF5 file
 */
export async function readHdf5<T>(bytes: Uint8Array, read: (file: File) => T): Promise<T> {
  const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
  if (signature.some((byte, i) => bytes[i] !== byte)) {
    throw new ArgumentError(`Keras: no HDF5 file: it begins with ${hex(bytes)}, not with ${hex(signature)}`);
  }
  const { File, FS } = await library();
  const path = `/read-${count++}.h5`;
  FS.writeFile(path, bytes);
  try {
    const file = opened(() => new File(path, "r"), bytes);
    try {
      return read(file);
    } finally {
      file.close();
    }
  } finally {
    FS.unlink(path);
  }
}

function opened(open: () => File, { length }: Uint8Array): File {
  try {
    return open();
  } catch (cause) {
    throw new ArgumentError(`Keras: the HDF5 file of ${length} bytes is damaged`, { cause });
  }
}

function hex(bytes: ArrayLike<number>): string {
  return Array.from({ length: Math.min(bytes.length, 8) }, (_, i) => bytes[i]!.toString(16).padStart(2, "0")).join(" ");
}
