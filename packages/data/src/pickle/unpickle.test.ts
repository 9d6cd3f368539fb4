import fc from "fast-check";
import { describe, expect, it } from "vitest";
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
      "an object dtype",
      pickle("cnumpy\ndtype\n(S'O8'\nK\0K\x01tR."),
      'REDUCE at byte 25: expected a numeric numpy dtype, found "O8"',
    ],
    ["a text dtype", pickle("cnumpy\ndtype\n(S'S10'\nK\0K\x01tR."), 'found "S10"'],
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
    expect((unpickle(bytes) as NumpyArray).data.buffer).toBe(bytes.buffer);
  });
});

function unpickleError(bytes: Uint8Array): unknown {
  try {
    return unpickle(bytes);
  } catch (error) {
    return error;
  }
}
