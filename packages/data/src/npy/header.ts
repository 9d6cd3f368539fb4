import { quote } from "../errors.ts";
import { latin1 } from "../pickle/text.ts";
import { NpyError } from "./errors.ts";

/** What the first bytes of a `.npy` file say of the rest. */
export interface NpyHeader {
  /** Element type with byte order, as numpy writes it: `<f4`, `|u1`, `|O`. */
  readonly descr: string;
  readonly fortran: boolean;
  readonly shape: readonly number[];
  /** Where the elements begin. */
  readonly offset: number;
}

const MAGIC = "\x93NUMPY";
/** numpy's own bound on a header that it did not write itself. */
const MAX_HEADER = 10_000;

/** Whether bytes begin as a `.npy` file does. */
export function isNpy(bytes: Uint8Array): boolean {
  return latin1(bytes.subarray(0, 6)) === MAGIC;
}

/**
 * Reads the header of a `.npy` file, versions 1, 2 and 3.
 *
 * @see https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function readHeader(bytes: Uint8Array, source: string): NpyHeader {
  if (!isNpy(bytes)) throw new NpyError(`${source}: expected a .npy file (\\x93NUMPY), found another kind`);
  const [major = 0, minor = 0] = bytes.subarray(6, 8);
  if (bytes.length < 12)
    throw new NpyError(`${source}: expected a header at byte 8, found ${bytes.length} bytes in all`);
  if (major < 1 || major > 3)
    throw new NpyError(`${source}: expected version 1 to 3 at byte 6, found ${major}.${minor}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const start = major === 1 ? 10 : 12;
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAX_HEADER)
    throw new NpyError(`${source}: expected a header of at most ${MAX_HEADER} bytes, found ${length}`);
  const offset = start + length;
  if (offset > bytes.length) {
    throw new NpyError(`${source}: expected ${length} bytes of header at byte ${start}, found ${bytes.length - start}`);
  }
  const raw = bytes.subarray(start, offset);
  return { ...parseDict(major === 3 ? new TextDecoder().decode(raw) : latin1(raw), source), offset };
}

const FIELD = /^\s*'(descr|fortran_order|shape)'\s*:\s*(?:'([^'\\]*)'|(True|False)|\(([\d\sL,]*)\)|(\[))\s*,?/;

/** The header is a Python dict of three entries, in any order, as `repr` prints it. */
function parseDict(text: string, source: string): Omit<NpyHeader, "offset"> {
  const fail = (expected: string): never => {
    throw new NpyError(`${source}: expected ${expected} in the header, found ${quote(text.trim())}`);
  };
  const [, body] = /^\{(.*)\}\s*$/s.exec(text) ?? [];
  let rest = body ?? fail("a dict");
  let descr: string | undefined;
  let fortran: boolean | undefined;
  let shape: number[] | undefined;
  while (rest.trim() !== "") {
    const field = FIELD.exec(rest) ?? fail("descr, fortran_order and shape");
    const [whole, name, quoted, flag, sizes, list] = field;
    if (name === "descr" && list) fail("one element type (arrays of records are not read)");
    if (name === "descr" && quoted !== undefined) descr = quoted;
    else if (name === "fortran_order" && flag) fortran = flag === "True";
    else if (name === "shape" && sizes !== undefined) shape = parseSizes(sizes);
    else fail("descr, fortran_order and shape");
    rest = rest.slice(whole.length);
  }
  return {
    descr: descr ?? fail("descr"),
    fortran: fortran ?? fail("fortran_order"),
    shape: shape ?? fail("shape"),
  };
}

/** `3,`, `2, 3` or nothing; Python 2 wrote long ones as `3L`. */
function parseSizes(text: string): number[] {
  const parts = text.split(",").map((part) => part.trim().replace(/L$/, ""));
  if (parts.at(-1) === "") parts.pop();
  return parts.map((part) => (/^\d+$/.test(part) ? Number(part) : Number.NaN));
}

/**
 * The header as numpy writes it: version 1, padded so that the elements begin at a multiple of 64 bytes, with room for
 * the first axis to grow in place.
 */
export function writeHeader(descr: string, shape: readonly number[]): Uint8Array {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const room = shape.length > 0 ? 21 - `${shape[0]}`.length : 0;
  const text = dict + " ".repeat(Math.max(0, room));
  // One byte more for the newline that ends it.
  const total = Math.ceil((10 + text.length + 1) / 64) * 64;
  const out = new Uint8Array(total).fill(0x20);
  const write = (value: string, at: number) => {
    for (let i = 0; i < value.length; i++) out[at + i] = value.charCodeAt(i);
  };
  write(MAGIC, 0);
  out.set([1, 0], 6);
  new DataView(out.buffer).setUint16(8, total - 10, true);
  write(text, 10);
  out[total - 1] = 0x0a;
  return out;
}
