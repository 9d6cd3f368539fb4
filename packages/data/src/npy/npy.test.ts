import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import fixtures from "../../fixtures/numpy.json" with { type: "json" };
import { ArgumentError, NpyError, NumpyArray, PickleError, readNpy, readNpz, writeNpy, writeNpz } from "../index.ts";

const decode = (text: string) => new Uint8Array(Buffer.from(text, "base64"));
const npy = (name: keyof typeof fixtures.npy) => decode(fixtures.npy[name]);
const array = (dtype: string, shape: number[], data: NumpyArray["data"]) =>
  Object.assign(new NumpyArray(), { dtype, shape, data });

describe("what numpy wrote", () => {
  it.each<[keyof typeof fixtures.npy, NumpyArray]>([
    ["f2", array("f2", [2], Uint16Array.of(0x3c00, 0xc000))],
    ["b1", array("b1", [2], Uint8Array.of(1, 0))],
    ["i8", array("i8", [2], BigInt64Array.of(-5n, 2n ** 62n))],
    ["u8", array("u8", [2], BigUint64Array.of(5n, 2n ** 63n))],
    ["scalar", array("i4", [], Int32Array.of(7))],
    ["empty", array("f4", [0, 3], new Float32Array(0))],
    [
      "cube",
      array(
        "i4",
        [2, 3, 4],
        Int32Array.from({ length: 24 }, (_, i) => i),
      ),
    ],
    ["text", array("U5", [3], ["ab", "héllo", ""])],
    ["big text", array("U2", [1], ["☃😀"])],
    ["bytes", array("S3", [2], [Uint8Array.of(97), Uint8Array.of(97, 98, 99)])],
    ["complex", array("c8", [2], Float32Array.of(1, 2, -3, 0.5))],
    ["big complex", array("c16", [1], Float64Array.of(1, -2))],
    ["big fortran", array("i2", [2, 2], Int16Array.of(1, 2, 3, -4))],
    ["f8", array("f8", [3], Float64Array.of(0, 1, 100))],
    ["u2", array("u2", [3], Uint16Array.of(0, 1, 100))],
    ["version 1", array("u1", [3], Uint8Array.of(0, 1, 2))],
    ["version 2", array("u1", [3], Uint8Array.of(0, 1, 2))],
    ["version 3", array("u1", [3], Uint8Array.of(0, 1, 2))],
  ])("%s", (name, expected) => expect(readNpy(npy(name))).toEqual(expected));

  it("from a Node Buffer with other things around it", () => {
    const around = Buffer.concat([Buffer.alloc(3, 1), npy("f8"), Buffer.alloc(5, 2)]);
    expect(readNpy(around.subarray(3, -5))).toEqual(readNpy(npy("f8")));
    const objects = Buffer.concat([Buffer.alloc(7, 1), npy("objects")]).subarray(7);
    expect(readNpy(objects, { allowPickle: true })).toEqual(readNpy(npy("objects"), { allowPickle: true }));
  });

  it("objects, when they may be read", () => {
    expect(() => readNpy(npy("objects"), { source: "c.npy" })).toThrow(
      "c.npy: holds objects, as a pickle\n  hint: allowPickle reads it; nothing in it is executed",
    );
    const objects = readNpy(npy("objects"), { allowPickle: true });
    expect(objects).toEqual(array("O", [2], [array("f8", [1, 2], Float64Array.of(0.25, 0.5)), 1.5]));
    expect(readNpy(npy("fortran objects"), { allowPickle: true })).toEqual(array("O", [2, 3], [0, 1, 2, 3, 4, 5]));
  });

  it.each(["stored", "deflated"] as const)("a .npz, %s", (name) => {
    const file = decode(fixtures.npz[name]);
    const arrays = readNpz(file);
    expect([...arrays.keys()]).toEqual(["x_train", "y_train", "names"]);
    expect(arrays.get("x_train")).toEqual(
      array(
        "u1",
        [2, 2, 2, 3],
        Uint8Array.from({ length: 24 }, (_, i) => i),
      ),
    );
    expect(arrays.get("y_train")).toEqual(array("i8", [2, 1], BigInt64Array.of(1n, 0n)));
    expect(arrays.get("names")).toEqual(array("U3", [2], ["cat", "dog"]));
    expect([...readNpz(file, { names: ["names"] }).keys()]).toEqual(["names"]);
    expect(() => readNpz(file, { names: ["z"], source: "a.npz" })).toThrow('a.npz: expected an array "z", found none');
  });
});

describe("what is written", () => {
  it.each<[keyof typeof fixtures.sha256, Parameters<typeof writeNpy>[0]]>([
    ["u1", { shape: [2, 3], data: Uint8Array.of(0, 1, 2, 3, 4, 5) }],
    ["u1", { shape: [2, 3], data: Uint8ClampedArray.of(0, 1, 2, 3, 4, 5) }],
    ["f4", { shape: [3], data: Float32Array.of(0.5, -1.5, 3) }],
    ["i8", { shape: [2], data: BigInt64Array.of(-5n, 2n ** 62n) }],
    ["scalar", { shape: [], data: Int32Array.of(7) }],
    ["b1", { shape: [2], data: Uint8Array.of(1, 0), dtype: "b1" }],
    ["c16", { shape: [1], data: Float64Array.of(1, -2), dtype: "c16" }],
    ["names", { shape: [3], data: ["ab", "héllo", "☃😀"] }],
  ])("%s is numpy's file, byte for byte", (name, given) => {
    expect(createHash("sha256").update(writeNpy(given)).digest("hex")).toBe(fixtures.sha256[name]);
  });

  it("comes back, as .npz too, and is the same each time", () => {
    const arrays = {
      images: { shape: [2, 2], data: Uint8Array.of(1, 2, 3, 4) },
      mean: { shape: [1], data: Float64Array.of(0.5) },
      half: { shape: [1], data: Uint16Array.of(0x3c00), dtype: "f2" },
    };
    for (const compress of [false, true]) {
      const file = writeNpz(arrays, { compress });
      expect(file).toEqual(writeNpz(new Map(Object.entries(arrays)), { compress }));
      const back = readNpz(file);
      expect(back.get("images")).toEqual(array("u1", [2, 2], Uint8Array.of(1, 2, 3, 4)));
      expect(back.get("mean")).toEqual(array("f8", [1], Float64Array.of(0.5)));
      expect(back.get("half")).toEqual(array("f2", [1], Uint16Array.of(0x3c00)));
    }
  });

  it.each<[string, Parameters<typeof writeNpy>[0], string]>([
    ["too few elements", { shape: [2, 2], data: Uint8Array.of(1) }, "shape [2, 2] needs 4 elements, got 1 in data"],
    ["a size that is none", { shape: [-1], data: Uint8Array.of(1) }, "shape: expected sizes ≥ 0, got -1"],
    ["another dtype", { shape: [1], data: Uint8Array.of(1), dtype: "f4" }, 'one that Uint8Array holds, got "f4"'],
    ["half a number", { shape: [1], data: Float32Array.of(1), dtype: "c8" }, "needs 1 elements, got 0.5 in data"],
  ])("refuses %s", (_, given, message) => {
    expect(() => writeNpy(given)).toThrow(ArgumentError);
    expect(() => writeNpy(given)).toThrow(message);
  });
});

describe("what cannot be read", () => {
  const header = (text: string, version = 1) =>
    Uint8Array.from([
      ...Buffer.from(`\x93NUMPY${String.fromCharCode(version)}\0`, "latin1"),
      text.length,
      0,
      ...(version > 1 ? [0, 0] : []),
      ...Buffer.from(text),
    ]);
  it.each<[string, Uint8Array, string]>([
    ["another file", Buffer.from("PAR1 and so on"), "expected a .npy file"],
    ["a version to come", header("{}", 4), "expected version 1 to 3 at byte 6, found 4.0"],
    ["a header cut short", npy("f4").subarray(0, 50), "expected 118 bytes of header at byte 10, found 40"],
    ["no header", npy("f4").subarray(0, 8), "expected a header at byte 8, found 8 bytes in all"],
    ["elements cut short", npy("f4").subarray(0, -1), "at byte 128: an ndarray f4 [3] needs 12 bytes, found 11"],
    ["too many elements", Buffer.concat([npy("f4"), Buffer.alloc(4)]), "needs 12 bytes, found 16"],
    ["records", npy("records"), "expected one element type (arrays of records are not read) in the header"],
    ["dates", npy("dates"), 'expected elements that are numbers, text or objects, found "<M8[D]"'],
    ["no dict", header("[1, 2]"), "expected a dict in the header"],
    ["code", header("{'descr': __import__('os'), }"), "expected descr, fortran_order and shape in the header"],
    ["a missing entry", header("{'descr': '<f4', 'shape': (), }"), "expected fortran_order in the header"],
    ["a giant shape", header("{'descr':'<f4','fortran_order':False,'shape':(9999999999,9999999999)}"), "needs"],
  ])("%s", (_, bytes, message) => {
    expect(() => readNpy(bytes, { source: "x.npy" })).toThrow(NpyError);
    expect(() => readNpy(bytes, { source: "x.npy" })).toThrow(`x.npy: `);
    expect(() => readNpy(bytes)).toThrow(message);
  });

  it("a pickle that wants to act, named with its place", () => {
    const evil = Buffer.concat([
      header("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"),
      Buffer.from("cos\nsystem\n."),
    ]);
    expect(() => readNpy(evil, { allowPickle: true, source: "e.npy" })).toThrow(PickleError);
    expect(() => readNpy(evil, { allowPickle: true, source: "e.npy" })).toThrow(
      "e.npy: GLOBAL at byte 0: the pickle asks for os.system",
    );
  });

  it("a .npz that is damaged anywhere", () => {
    const whole = writeNpz({ a: { shape: [4], data: Uint8Array.of(1, 2, 3, 4) } });
    const flipped = whole.slice();
    flipped[30 + 5 + 128 + 1]! ^= 1;
    expect(() => readNpz(flipped, { source: "d.npz" })).toThrow('d.npz: "a.npy" is damaged: its bytes do not fit');
    for (let end = 0; end < whole.length; end++)
      expect(() => readNpz(whole.subarray(0, end)), `${end}`).toThrow(NpyError);
    const bomb = whole.slice();
    const directory = bomb.length - 22 - 46 - 5;
    new DataView(bomb.buffer).setUint32(directory + 24, 0xfffffff0, true);
    expect(() => readNpz(bomb)).toThrow('"a.npy" claims 4294967280 bytes, more than there can be');
    const zeros = writeNpz({ a: { shape: [2 ** 27], data: new Uint8Array(2 ** 27) } }, { compress: true });
    expect(() => readNpz(zeros)).toThrow("more than there can be or than maxBytes allows");
    expect(readNpz(zeros, { maxBytes: 2 ** 28 }).get("a")?.shape).toEqual([2 ** 27]);
  });
});

const data = process.env.TESSERA_DATA ?? resolve(fileURLToPath(import.meta.url), "../../../../../../shared/data");
const colours = join(data, "colours");
const absent = !existsSync(colours);
if (absent) console.warn(`SKIPPED: the k-means colours: no ${colours}; point TESSERA_DATA to the folder that has it`);

describe.skipIf(absent)("the k-means colours", () => {
  it("are an array of centres and their error", () => {
    const file = new Uint8Array(readFileSync(join(colours, "colour_kmeans24_cat7.npy")));
    const { shape, data } = readNpy(file, { allowPickle: true });
    expect(shape).toEqual([2]);
    const [centres, error] = data as [NumpyArray, number];
    expect(centres.shape).toEqual([24, 3]);
    expect(Array.from(centres.data as Float64Array).every((value) => value >= 0 && value <= 1)).toBe(true);
    expect(error).toBeGreaterThan(0);
  });
});
