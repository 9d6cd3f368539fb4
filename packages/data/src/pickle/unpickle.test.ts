import fc from "fast-check";
import { describe, expect, it } from "vitest";
import numpyFixtures from "../../fixtures/numpy.json" with { type: "json" };
import { dict, ndarray, pickle, str } from "../../fixtures/pickle-writer.ts";
import pickles from "../../fixtures/pickles.json" with { type: "json" };
import { PickleError } from "./errors.ts";
import { NumpyArray } from "./numpy.ts";
import { unpickle } from "./unpickle.ts";
import type { PickleValue } from "./value.ts";

const fixture = (name: keyof typeof pickles) => new Uint8Array(Buffer.from(pickles[name], "base64"));
const names = Object.keys(pickles) as (keyof typeof pickles)[];

const array = (dtype: string, shape: number[], data: NumpyArray["data"]) =>
  Object.assign(new NumpyArray(), { dtype, shape, data });

/** What `sample()` in fixtures/make_fixtures.py holds. */
const SAMPLE: [string, PickleValue][] = [
  ["none", null],
  ["flags", [true, false]],
  ["ints", [0, 1, -1, 255, 256, 65535, 65536, -2147483648, 2147483648, 2n ** 53n, 2n ** 63n, -(2n ** 70n)]],
  ["floats", [0, -1.5, 1e300, Number.POSITIVE_INFINITY]],
  ["text", "héllo ☃ 😀 \\u0041\n"],
  ["bytes", Uint8Array.of(0, 0xff, 0x27, 0x22, 0x5c, 0x0a)],
  ["empty", new Uint8Array(0)],
  ["tuples", [[], [1], [1, 2], [1, 2, 3], [1, 2, 3, 4]]],
  ["__proto__", new Map([["polluted", true]])],
  ["u1", array("u1", [2, 3], Uint8Array.of(0, 1, 2, 3, 4, 5))],
  [
    "fortran",
    array(
      "i4",
      [2, 3, 4],
      Int32Array.from({ length: 24 }, (_, i) => i),
    ),
  ],
  ["swapped", array("f8", [2], Float64Array.of(1.5, -2))],
  ["i8", array("i8", [2], BigInt64Array.of(-5n, 2n ** 62n))],
  ["f2", array("f2", [1], Uint16Array.of(0x3c00))],
  ["scalars", [0.5, 7, true]],
  ["point", array("f4", [], Float32Array.of(3))],
  ["no rows", array("u1", [0, 3072], new Uint8Array(0))],
];

describe("what Python wrote", () => {
  it.each(names)("%s", (name) => {
    const value = unpickle(fixture(name)) as Map<string, PickleValue>;
    const expected = SAMPLE.filter(([key]) => name !== "python 2" || key !== "text");
    expect([...value.keys()]).toEqual(expected.map(([key]) => key));
    for (const [key, item] of expected) expect(value.get(key), key).toEqual(item);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(value)).toBe(Map.prototype);
  });

  it.each(names)("%s, cut anywhere or with any byte changed: the value or a PickleError of one line", (name) => {
    const whole = fixture(name);
    const attempt = (bytes: Uint8Array) => {
      try {
        unpickle(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(PickleError);
        expect((error as Error).message).not.toMatch(/[\n\r]/);
      }
    };
    for (let end = 0; end < whole.length; end += 3) attempt(whole.subarray(0, end));
    expect(() => unpickle(whole.subarray(0, -1))).toThrow(PickleError);
    fc.assert(
      fc.property(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 }), (at, byte) => {
        const bytes = whole.slice();
        bytes[at] = byte;
        attempt(bytes);
      }),
      { numRuns: 200 },
    );
  });
});

describe("what is refused", () => {
  it.each<[string, Uint8Array, string]>([
    [
      "a function of the system",
      pickle("cposix\nsystem\n(S'echo hacked'\ntR."),
      "pickle: GLOBAL at byte 0: the pickle asks for posix.system, which is not allowed: only numbers, text, lists, dicts and numpy arrays are read",
    ],
    [
      "the same by STACK_GLOBAL",
      pickle(0x80, 4, 0x8c, 8, "builtins", 0x8c, 4, "eval", 0x93, "."),
      "STACK_GLOBAL at byte 18: the pickle asks for builtins.eval, which is not allowed",
    ],
    ["the same by INST", pickle("(S'x'\nios\nsystem\n."), "INST at byte 6: the pickle asks for os.system"],
    ["a name of several lines", pickle(0x8c, 3, "a\nb", 0x8c, 1, "c", 0x93, "."), "asks for a\\nb.c, which"],
    ["a module that JavaScript knows", pickle("c__proto__\nconstructor\n."), "asks for __proto__.constructor"],
    ["an object's attributes by dots", pickle("cnumpy\nndarray.__init__\n."), "asks for numpy.ndarray.__init__"],
    ["a call of ndarray", pickle("cnumpy\nndarray\n(t", "R."), "REDUCE at byte 17: numpy.ndarray may not be called"],
    ["a call of text", pickle("S'f'\n)R."), "REDUCE at byte 6: bytes may not be called"],
    ["arguments that are no tuple", pickle("c_codecs\nencode\nNR."), "expected a tuple of arguments, found None"],
    [
      "_reconstruct of another class",
      pickle("cnumpy.core.multiarray\n_reconstruct\n(cnumpy\ndtype\n(K\0tS'b'\ntR."),
      "expected numpy.ndarray to make, found numpy.dtype",
    ],
    [
      "state for a dict",
      pickle("}}b."),
      "BUILD at byte 2: expected an ndarray or a dtype and its state, found a dict and a dict",
    ],
    [
      "state for a list",
      pickle("])b."),
      "BUILD at byte 2: expected an ndarray or a dtype and its state, found a list and a tuple",
    ],
    [
      "a dtype of records",
      pickle("cnumpy\ndtype\n(S'V8'\nK\0K\x01tR."),
      'REDUCE at byte 25: expected a numpy dtype of numbers, text or objects, found "V8"',
    ],
    ["a dtype of dates", pickle("cnumpy\ndtype\n(S'M8'\nK\0K\x01tR."), 'found "M8"'],
    [
      "bytes for objects",
      pickle(ndarray([2], new Uint8Array(16), "O8"), "."),
      "expected a list of an ndarray's objects, found bytes",
    ],
    [
      "a numpy scalar of two numbers",
      pickle("cnumpy.core.multiarray\nscalar\n(cnumpy\ndtype\n(S'c8'\nK\0K\x01tRS'12345678'\ntR."),
      "expected 8 bytes for c8, found 8",
    ],
    ["a codec", pickle("c_codecs\nencode\n(Vx\nVrot13\ntR."), 'expected text and "latin1", found "x" and "rot13"'],
    ["text past latin-1", pickle("c_codecs\nencode\n(V\\u2603\nVlatin1\ntR."), "expected text of latin-1 characters"],
    ["NEWOBJ", pickle(0x80, 2, "cnumpy\nndarray\n)", 0x81, "."), "NEWOBJ at byte 18: this instruction is not allowed"],
    ["persistent ids", pickle("Pid\n."), "PERSID at byte 0: this instruction is not allowed"],
    ["extensions", pickle(0x80, 2, 0x82, 1, "."), "EXT1 at byte 2: this instruction is not allowed"],
    ["sets", pickle(0x80, 4, 0x8f, "."), "EMPTY_SET at byte 2: this instruction is not allowed"],
    ["buffers from outside", pickle(0x80, 5, 0x97, "."), "NEXT_BUFFER at byte 2: this instruction is not allowed"],
    ["a protocol to come", pickle(0x80, 6, "."), "PROTO at byte 0: expected protocol 0 to 5, found 6"],
    ["no instruction", pickle(0xff), "the next instruction at byte 0: expected an instruction, found byte 0xff"],
    ["nothing", pickle(), "the next instruction at byte 0: expected 1 more bytes, found 0: the pickle ends early"],
    ["STOP on nothing", pickle("."), "STOP at byte 0: expected a value on the stack, found none"],
    [
      "a class as the value",
      pickle("cnumpy\nndarray\n."),
      "STOP at byte 15: the pickle holds a class where a value should be",
    ],
    [
      "a dtype in a list",
      pickle("](cnumpy\ndtype\n(S'u1'\nK\0K\x01tRe."),
      "the pickle holds a class where a value should be",
    ],
    ["a list inside itself", pickle("]q\0h\0a."), "STOP at byte 6: the pickle holds a container inside itself"],
    ["a dict inside itself", pickle("}q\0S'a'\nh\0s."), "the pickle holds a container inside itself"],
    ["an append to a tuple", pickle(")Na."), "APPEND at byte 2: expected a list to append to, found a tuple"],
    ["an item for a list", pickle("]NNs."), "SETITEM at byte 3: expected a dict, found a list"],
    ["an odd number of items", pickle("}(Nu."), "SETITEMS at byte 3: expected pairs of key and value, found 1 items"],
    ["a list as a key", pickle("}]Ns."), "expected a plain key for a dict, found a list"],
    ["a pop past a mark", pickle("N(a."), "expected a value on the stack, found none"],
    ["a mark that is not there", pickle("Nt."), "TUPLE at byte 1: expected a mark on the stack, found none"],
    ["a memo entry that is not there", pickle("h\x05."), "BINGET at byte 0: memo entry 5 was never set"],
    [
      "a length past the end",
      pickle(0x8e, "\xff\xff\xff\xff\xff\xff\xff\x7f", "."),
      "BINBYTES8 at byte 0: expected 9223372036854776000 more bytes, found 1",
    ],
    [
      "a string past the end",
      pickle("T\xff\xff\xff\x7fab"),
      "BINSTRING at byte 0: expected 2147483647 more bytes, found 2",
    ],
    [
      "a giant integer",
      pickle(0x8b, "\xff\xff\xff\x7f", "."),
      "LONG4 at byte 0: expected an integer of at most 1024 bytes, found 2147483647",
    ],
    ["a giant decimal", pickle("L", "9".repeat(5000), "L\n."), "LONG at byte 0: expected an integer, found"],
    ["a number that is none", pickle("I0x10\n."), 'INT at byte 0: expected an integer, found "0x10"'],
    ["a float that is none", pickle("F1.0f\n."), 'FLOAT at byte 0: expected a float, found "1.0f"'],
    ["a string without quotes", pickle("Sabc\n."), "STRING at byte 0: expected a quoted Python string"],
    ["text that is no UTF-8", pickle(0x8c, 1, 0xff, "."), "SHORT_BINUNICODE at byte 0: expected text in UTF-8"],
    ["a character past Unicode", pickle("V\\U00110000\n."), "UNICODE at byte 0: expected characters up to U+10FFFF"],
    [
      "an array of too few bytes",
      pickle(ndarray([2, 3], new Uint8Array(5)), "."),
      "an ndarray u1 [2, 3] needs 6 bytes, found 5",
    ],
    [
      "an array of negative size",
      pickle(ndarray([-1, 3], new Uint8Array(5)), "."),
      "expected a shape of at most 64 sizes ≥ 0, found [-1, 3]",
    ],
  ])("%s", (_, bytes, message) => {
    expect(() => unpickle(bytes)).toThrow(PickleError);
    expect(() => unpickle(bytes)).toThrow(message);
  });

  it("says which object was asked for", () => {
    expect(unpickleError(pickle("cposix\nsystem\n."))).toMatchObject({
      opcode: "GLOBAL",
      offset: 0,
      global: "posix.system",
    });
  });

  it("bounds stack, memo and nesting", () => {
    expect(() => unpickle(pickle("N".repeat(11), "."), { stack: 10 })).toThrow("more than 10 values on the stack");
    const puts = Array.from({ length: 11 }, (_, i) => pickle("q", i));
    expect(() => unpickle(pickle("N", ...puts, "."), { memo: 10 })).toThrow("more than 10 values in the memo");
    expect(() => unpickle(pickle("(".repeat(65), "."))).toThrow("more than 64 open marks");
    expect(() => unpickle(pickle("]".repeat(20_000), "a".repeat(19_999), "."))).toThrow(
      "nests containers more than 64 deep",
    );
    expect(() =>
      unpickle(
        pickle(
          "N",
          Uint8Array.from({ length: 65 }, () => 0x85),
          ".",
        ),
      ),
    ).toThrow("more than 64 deep");
    expect(
      unpickle(
        pickle(
          "N",
          Uint8Array.from({ length: 64 }, () => 0x85),
          ".",
        ),
      ),
    ).toBeInstanceOf(Array);
  });

  it("takes shared parts once, however often they are named", () => {
    const levels = Array.from({ length: 40 }, (_, i) => pickle("](", ...Array(10).fill(pickle("h", i)), "eq", i + 1));
    expect(unpickle(pickle("]q\0", ...levels, "."))).toHaveLength(10);
  });
});

describe("the str of Python 2, by encoding", () => {
  const cafe = pickle(str("caf\xe9"), ".");
  const utf8 = pickle(str("caf\xc3\xa9"), ".");

  it("is bytes unless asked, and text in latin-1 or UTF-8", () => {
    expect(unpickle(cafe)).toEqual(Uint8Array.of(0x63, 0x61, 0x66, 0xe9));
    expect(unpickle(cafe, { encoding: "latin1" })).toBe("café");
    expect(unpickle(utf8, { encoding: "utf-8" })).toBe("café");
    expect(unpickle(pickle("S'caf\\xe9'\n."), { encoding: "latin1" })).toBe("café");
    expect(unpickle(pickle("T\x01\0\0\0a."), { encoding: "ASCII" })).toBe("a");
  });

  it("that is no text in the encoding is named with its place", () => {
    expect(() => unpickle(cafe, { encoding: "ASCII" })).toThrow(
      "pickle: SHORT_BINSTRING at byte 0: expected text in ASCII, found other bytes",
    );
    expect(() => unpickle(cafe, { encoding: "utf-8" })).toThrow("expected text in utf-8, found other bytes");
    expect(() => unpickle(cafe, { encoding: "utf-16" as "utf-8" })).toThrow("encoding: expected one of bytes, latin1");
  });

  it("still gives numpy its bytes in latin-1", () => {
    const value = unpickle(fixture("python 2"), { encoding: "latin1" }) as Map<string, PickleValue>;
    expect(value.get("i8")).toEqual(array("i8", [2], BigInt64Array.of(-5n, 2n ** 62n)));
    expect(value.get("u1")).toEqual(array("u1", [2, 3], Uint8Array.of(0, 1, 2, 3, 4, 5)));
    expect(value.get("scalars")).toEqual([0.5, 7, true]);
    expect(value.get("bytes")).toBe("\0\xff'\"\\\n");
  });
});

/** What `numpy_sample()` in fixtures/make_numpy_fixtures.py holds. */
describe.each(Object.keys(numpyFixtures.pickles) as (keyof typeof numpyFixtures.pickles)[])("numpy in %s", (name) => {
  const value = unpickle(new Uint8Array(Buffer.from(numpyFixtures.pickles[name], "base64"))) as Map<
    string,
    PickleValue
  >;
  it("objects, text, bytes, complex numbers, every byte order", () => {
    expect(value.get("objects")).toEqual(array("O", [2], [array("f8", [1, 2], Float64Array.of(0.25, 0.5)), 1.5]));
    expect(value.get("fortran objects")).toEqual(array("O", [2, 3], [0, 1, 2, 3, 4, 5]));
    expect(value.get("text")).toEqual(array("U5", [3], ["ab", "héllo", ""]));
    expect(value.get("big text")).toEqual(array("U2", [1], ["☃😀"]));
    expect(value.get("bytes")).toEqual(array("S3", [2], [Uint8Array.of(97), Uint8Array.of(97, 98, 99)]));
    expect(value.get("complex")).toEqual(array("c8", [2], Float32Array.of(1, 2, -3, 0.5)));
    expect(value.get("big complex")).toEqual(array("c16", [1], Float64Array.of(1, -2)));
    expect(value.get("big fortran")).toEqual(array("i2", [2, 2], Int16Array.of(1, 2, 3, -4)));
    for (const type of ["i1", "u2", "i2", "u4", "i4", "f4", "f8"]) {
      expect(Array.from((value.get(type) as NumpyArray).data), type).toEqual([0, 1, 100]);
    }
  });
});

describe("what would unfold", () => {
  it("the same bytes as array after array end at the bound", () => {
    // 1 kB as big-endian text, memoised, and made an array of 5000 times.
    const dtype = pickle("cnumpy\ndtype\n(U", 3, ">u2K\0K\x01tR");
    const bytes = pickle("B\0\x04\0\0", new Uint8Array(1024));
    const one = pickle("cnumpy.core.numeric\n_frombuffer\n(h\0h\x01(M\0\x02tU\x01CtR0");
    const many = pickle(bytes, "q\0", dtype, "q\x01", ...Array(5000).fill(one), ".");
    expect(() => unpickle(many, { bytes: 2 ** 20, encoding: "latin1" })).toThrow(
      /the pickle unfolds to more than \d+ bytes/,
    );
  });

  it("the same bytes as key after key end at the bound", () => {
    const bytes = pickle("B\0\x04\0\0", new Uint8Array(1024).fill(0x3c), "q\0");
    const keys = pickle(bytes, "}", ...Array(5000).fill("h\0K\x01s"), ".");
    expect(() => unpickle(keys, { bytes: 2 ** 20 })).toThrow(/unfolds to more than \d+ bytes/);
    const few = pickle(bytes, "}", ...Array(500).fill("h\0K\x01s"), ".");
    expect(unpickle(few, { bytes: 2 ** 20 })).toEqual(new Map([["<".repeat(1024), 1]]));
  });

  it("an array of objects inside itself is refused", () => {
    const state = pickle("(K\x01(K\x01tcnumpy\ndtype\n(S'O8'\nK\0K\x01tR\x89](h\0etb.");
    const bytes = pickle("cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\0tS'b'\ntRq\0", state);
    expect(() => unpickle(bytes)).toThrow("the pickle holds a container inside itself");
  });
});

describe("details of the format", () => {
  it.each<[Uint8Array, PickleValue]>([
    [pickle("I01\n."), true],
    [pickle("L-12L\n."), -12],
    [pickle("F-inf\n."), Number.NEGATIVE_INFINITY],
    [pickle("S'a\\x00\\'\\\\\\n\\101\\q'\n."), Uint8Array.from("a\0'\\\nA\\q", (c) => c.charCodeAt(0))],
    [pickle("V\\u0041\\\\u0041\n."), "A\\\\u0041"],
    [pickle("(NNl."), [null, null]],
    [pickle("(S'a'\nI1\nd."), new Map([["a", 1]])],
    [pickle("NN0."), null],
    [pickle("N(0."), null],
    [pickle("N(NN1."), null],
    [pickle(0x8a, 0, "."), 0],
    [pickle("N.trailing"), null],
  ])("%#", (bytes, value) => {
    expect(unpickle(bytes)).toEqual(value);
  });

  it("finds bytes keys by their text", () => {
    expect(unpickle(dict({ data: pickle("N") }))).toEqual(new Map([["data", null]]));
    expect(unpickle(pickle("}C", 4, "dataNs."))).toEqual(new Map([["data", null]]));
    expect(unpickle(pickle("}", str("caf\xe9"), "Ns."))).toEqual(new Map([["café", null]]));
  });

  it("views arrays of bytes in place", () => {
    const bytes = pickle(ndarray([2], Uint8Array.of(7, 8)), ".");
    expect((unpickle(bytes) as NumpyArray).data).toMatchObject({ buffer: bytes.buffer });
  });
});

function unpickleError(bytes: Uint8Array): unknown {
  try {
    return unpickle(bytes);
  } catch (error) {
    return error;
  }
}
