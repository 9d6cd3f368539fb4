import type { NumpyData } from "../pickle/numpy.ts";

/** A numpy array to be pickled. */
export interface PickledArray {
  /** Element type as numpy writes it, without byte order: `u1`, `f4`, `i8`. */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Row-major, in this machine's order, which is little-endian. */
  readonly data: NumpyData;
}

/** What can be pickled: text becomes str, bytes become bytes, an array a list, a Map a dict. */
export type Pickled = string | number | Uint8Array | PickledArray | readonly Pickled[] | ReadonlyMap<string, Pickled>;

/** From this size on Python's pickler puts bytes beside the frames, too. */
const LARGE = 64 * 1024;

/**
 * Pickles plain data and numpy arrays, protocol 4: what Python 3.4 and later load, with any numpy, arrays past 4 GiB
 * among them.
 *
 * @returns the bytes in parts, to be written one after the other; large arrays are views of their data.
 * @see https://docs.python.org/3/library/pickletools.html and PEP 3154
 */
export function pickleParts(value: Pickled): Uint8Array[] {
  const writer = new Writer();
  writer.value(value);
  return writer.end();
}

class Writer {
  readonly #parts: Uint8Array[] = [Uint8Array.of(0x80, 4)];
  #frame: number[] = [];

  value(value: Pickled): void {
    if (typeof value === "string") this.#text(value);
    else if (typeof value === "number") this.#integer(value);
    else if (value instanceof Uint8Array) this.#bytes(value);
    else if (value instanceof Map) this.#dict(value);
    else if (Array.isArray(value)) this.#list(value);
    else this.#array(value as PickledArray);
  }

  end(): Uint8Array[] {
    this.#code(".");
    this.#closeFrame();
    return this.#parts;
  }

  #code(codes: string): void {
    for (const code of codes) this.#frame.push(code.charCodeAt(0));
  }

  #text(text: string): void {
    const bytes = new TextEncoder().encode(text);
    if (bytes.length < 256) this.#frame.push(0x8c, bytes.length);
    else this.#frame.push(0x58, ...littleEndian(bytes.length, 4));
    for (const byte of bytes) this.#frame.push(byte);
  }

  /** BININT1 or BININT where they hold it, else LONG1 of eight bytes. */
  #integer(value: number): void {
    if (value >= 0 && value < 256) this.#frame.push(0x4b, value);
    else if (value === (value | 0)) this.#frame.push(0x4a, ...littleEndian(value, 4));
    else this.#frame.push(0x8a, 8, ...littleEndian(value, 8));
  }

  #bytes(bytes: Uint8Array): void {
    if (bytes.length < 256) this.#frame.push(0x43, bytes.length);
    else if (bytes.length < 2 ** 32) this.#frame.push(0x42, ...littleEndian(bytes.length, 4));
    else this.#frame.push(0x8e, ...littleEndian(bytes.length, 8));
    if (bytes.length < LARGE) {
      for (const byte of bytes) this.#frame.push(byte);
      return;
    }
    this.#closeFrame();
    this.#parts.push(bytes);
  }

  #list(items: readonly Pickled[]): void {
    this.#code("](");
    for (const item of items) this.value(item);
    this.#code("e");
  }

  #dict(entries: ReadonlyMap<string, Pickled>): void {
    this.#code("}(");
    for (const [key, item] of entries) {
      this.#text(key);
      this.value(item);
    }
    this.#code("u");
  }

  #global(module: string, name: string): void {
    this.#text(module);
    this.#text(name);
    this.#frame.push(0x93);
  }

  /** `_reconstruct(ndarray, (0,), b"b")`, then its state: (1, shape, dtype, False, bytes). */
  #array({ dtype, shape, data }: PickledArray): void {
    this.#global("numpy.core.multiarray", "_reconstruct");
    this.#global("numpy", "ndarray");
    this.#frame.push(0x4b, 0, 0x85);
    this.#bytes(Uint8Array.of(0x62));
    this.#frame.push(0x87, 0x52);
    this.#code("(K\u0001(");
    for (const size of shape) this.#integer(size);
    this.#code("t");
    this.#dtype(dtype);
    this.#frame.push(0x89);
    this.#bytes(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    this.#code("tb");
  }

  /** `dtype(name, False, True)`, then its state: (3, byte order, None, None, None, −1, −1, 0). */
  #dtype(name: string): void {
    this.#global("numpy", "dtype");
    this.#text(name);
    this.#frame.push(0x89, 0x88, 0x87, 0x52);
    this.#code("(K\u0003");
    this.#text(name.endsWith("1") ? "|" : "<");
    this.#code("NNN");
    this.#integer(-1);
    this.#integer(-1);
    this.#code("K\u0000tb");
  }

  #closeFrame(): void {
    if (this.#frame.length === 0) return;
    this.#parts.push(Uint8Array.of(0x95, ...littleEndian(this.#frame.length, 8)), Uint8Array.from(this.#frame));
    this.#frame = [];
  }
}

function littleEndian(value: number, bytes: 4 | 8): number[] {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigInt64(0, BigInt(value), true);
  return [...new Uint8Array(view.buffer, 0, bytes)];
}
