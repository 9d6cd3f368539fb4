/** @file The kernels for a memory that is not shared, from the build for one that is. */

/** A section's id, an import's kind, and the flags of a memory's limits, as WebAssembly's binary format numbers them. */
const importSection = 2;
const importKind = { function: 0, memory: 2 } as const;
const sharedWithMaximum = 0b11;
const withMaximum = 0b01;

/**
 * The same module with its imported memory declared unshared: one byte differs. Atomic accesses are valid on either
 * kind of memory, and the kernels never wait.
 *
 * Source: WebAssembly core specification, "Binary Format" (modules, imports), and the threads proposal's limits.
 *
 * @throws TypeError if the module imports no shared memory where the kernels do: among functions
 */
export function unsharedModule(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(bytes);
  result[sharedMemoryFlags(bytes)] = withMaximum;
  return result;
}

/** Where the flags of the imported memory's limits are. */
function sharedMemoryFlags(bytes: Uint8Array): number {
  const reader = new BinaryReader(bytes, 8); // behind magic number and version
  for (let id = reader.byte(); id !== importSection; id = reader.byte()) reader.skip(reader.integer());
  reader.integer(); // the section's size
  for (let left = reader.integer(); left > 0; left--) {
    reader.skip(reader.integer()); // module
    reader.skip(reader.integer()); // name
    const kind = reader.byte();
    if (kind === importKind.memory && bytes[reader.position] === sharedWithMaximum) return reader.position;
    if (kind !== importKind.function) break;
    reader.integer(); // type
  }
  throw new TypeError("the module imports no shared memory with a maximum");
}

/** Reads the binary format from a position on. */
class BinaryReader {
  position: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, position: number) {
    this.#bytes = bytes;
    this.position = position;
  }

  byte(): number {
    const value = this.#bytes[this.position++];
    if (value === undefined) throw new TypeError("the module ends before its imports");
    return value;
  }

  /** LEB128, unsigned. */
  integer(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  skip(byteLength: number): void {
    this.position += byteLength;
  }
}
