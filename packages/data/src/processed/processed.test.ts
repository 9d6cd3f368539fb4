import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decode } from "@tessera/safetensors";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { noise } from "../../fixtures/noise.ts";
import { dict, ints, ndarray, pickle, str } from "../../fixtures/pickle-writer.ts";
import { pythonWithNumpy, runPython } from "../../fixtures/python.ts";
import {
  decodePreprocessor,
  encodePreprocessor,
  type ImageSet,
  type LabelledSet,
  Preprocessor,
  permutation,
  prepareSet,
  unpickle,
} from "../index.ts";
import {
  describeSource,
  isProcessed,
  loadImageSet,
  loadProcessed,
  type ProcessedFormat,
  writeProcessed,
} from "../node.ts";
import { pickleParts } from "./pickle-writer.ts";

let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "tessera-processed-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

function imagesOf(count: number, from: number): ImageSet {
  return {
    images: noise((from + count) * 48).subarray(from * 48),
    labels: Int32Array.from({ length: count }, (_, i) => (i * 7) % 3),
    coarseLabels: Int32Array.from({ length: count }, (_, i) => i % 2),
    shape: [count, 4, 4, 3],
  };
}

const raw: LabelledSet = {
  name: "made",
  train: imagesOf(60, 0),
  test: imagesOf(12, 60),
  classNames: ["apple", "bée", "crab"],
};
const sha256 = (array: ArrayBufferView) =>
  createHash("sha256")
    .update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
    .digest("hex");

describe("prepareSet", () => {
  it("shuffles images and labels of the training set alike, and nothing else", async () => {
    const set = await prepareSet(raw, { shuffle: true, seed: 5 });
    const order = permutation(60, { seed: 5 });
    for (const [row, from] of order.entries()) {
      expect(set.train.images.subarray(row * 48, (row + 1) * 48)).toEqual(
        raw.train.images.subarray(from * 48, (from + 1) * 48),
      );
      expect(set.train.labels[row]).toBe(raw.train.labels[from]);
      expect(set.train.coarseLabels![row]).toBe(raw.train.coarseLabels![from]);
    }
    expect(set.test).toEqual(raw.test);
    expect(set.metadata).toMatchObject({ name: "made", shuffleSeed: 5, classNames: raw.classNames });
  });

  it("fits on what is left for training, and applies it to all", async () => {
    const set = await prepareSet(raw, { validation: 0.25, seed: 2, normalize: "gcn-zca", sharpen: true });
    expect([set.train.shape[0], set.validation!.shape[0], set.test.shape[0]]).toEqual([45, 15, 12]);
    expect(set.metadata.validation).toEqual({ fraction: 0.25, seed: 2 });
    const plain = await prepareSet(raw, { validation: 0.25, seed: 2 });
    const fitted = await Preprocessor.fit(plain.train as ImageSet, { normalize: "gcn-zca", sharpen: true });
    expect(set.preprocessor.arrays).toEqual(fitted.arrays);
    for (const part of ["train", "validation", "test"] as const) {
      const { images, shape } = plain[part] as ImageSet;
      expect(set[part]!.images, part).toEqual(await fitted.apply(images, shape));
    }
    const whole = await Preprocessor.fit(raw.train, { normalize: "gcn-zca", sharpen: true });
    expect(set.preprocessor.arrays!.mean).not.toEqual(whole.arrays!.mean);
  });

  it("chooses classes and numbers them anew", async () => {
    const set = await prepareSet(raw, { classes: ["crab", "apple"] });
    expect(set.metadata.classNames).toEqual(["crab", "apple"]);
    const rows = [...raw.train.labels.keys()].filter((row) => raw.train.labels[row] !== 1);
    expect([...set.train.labels]).toEqual(rows.map((row) => (raw.train.labels[row] === 2 ? 0 : 1)));
    expect(set.train.images.subarray(0, 48)).toEqual(raw.train.images.subarray(rows[0]! * 48, (rows[0]! + 1) * 48));
    await expect(prepareSet(raw, { classes: ["horse"] })).rejects.toThrow(
      'classes: expected a class of made, by name or from 0 to 2, got "horse"',
    );
    await expect(prepareSet(raw, { classes: ["crab", "crab"] })).rejects.toThrow('"crab" is named twice');
    await expect(prepareSet(raw, { classes: [] })).rejects.toThrow("expected at least one, got none");
    await expect(prepareSet(raw, { seed: -1 })).rejects.toThrow("prepareSet: seed: expected an integer ≥ 0, got -1");
  });
});

const formats: ProcessedFormat[] = ["safetensors", "npz", "pickle"];

describe.each(formats)("%s", (format) => {
  it.each<[string, Parameters<typeof prepareSet>[1]]>([
    ["bytes", { sharpen: true, shuffle: true, seed: 3 }],
    ["whitened", { normalize: "gcn-zca", validation: 0.2, source: [{ name: "a", bytes: 3, sha256: "ab" }] }],
    ["keras", { normalize: "keras", versions: { node: "20" } }],
  ])("gives back what was written: %s", async (name, options) => {
    const set = await prepareSet(raw, options);
    const path = join(root, "written", `${name}.${format}`);
    const files = await writeProcessed(path, set, { format });
    expect(files.at(-1)).toBe(path);
    for (const file of files) expect(existsSync(file), file).toBe(true);
    expect(await isProcessed(path)).toBe(true);
    const loaded = await loadProcessed(path);
    expect(loaded.metadata).toEqual(set.metadata);
    expect(loaded.preprocessor.settings).toEqual(set.preprocessor.settings);
    expect(loaded.preprocessor.arrays).toEqual(set.preprocessor.arrays);
    for (const part of ["train", "validation", "test"] as const) {
      const { coarseLabels, ...expected } = set[part] ?? { coarseLabels: undefined };
      const { coarseLabels: found, ...rest } = loaded[part] ?? { coarseLabels: undefined };
      expect(rest).toEqual(expected);
      expect(found).toEqual(format === "pickle" ? undefined : coarseLabels);
    }
    expect((await readdir(join(root, "written"))).filter((file) => file.endsWith(".partial"))).toEqual([]);
  });

  it("names what cannot be written, and leaves nothing", async () => {
    const set = await prepareSet(raw);
    await mkdir(join(root, `${format}-taken`, "x"), { recursive: true });
    const path = join(root, `${format}-taken`);
    await expect(writeProcessed(path, set, { format })).rejects.toThrow(`Unable to save data to ${path}: `);
    expect(existsSync(`${path}.partial`)).toBe(false);
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(writeProcessed(join(root, "stopped"), set, { format, signal })).rejects.toThrow("enough");
    expect(existsSync(join(root, "stopped"))).toBe(false);
  });
});

describe("safetensors", () => {
  it("follows its specification, with the description in its metadata", async () => {
    const set = await prepareSet(raw, { normalize: "center" });
    const path = join(root, "spec.safetensors");
    await writeProcessed(path, set);
    const bytes = await readFile(path);
    const { tensors, metadata } = decode(bytes);
    expect([...tensors.keys()].sort()).toEqual([
      ...["test.coarse_labels", "test.images", "test.labels", "train.coarse_labels", "train.images", "train.labels"],
    ]);
    expect(tensors.get("train.images")).toMatchObject({ dtype: "F32", shape: [60, 4, 4, 3] });
    expect(JSON.parse(metadata.get("tessera.set")!)).toEqual(set.metadata);
    expect(decodePreprocessor(bytes).settings).toEqual(set.preprocessor.settings);
  });

  it("refuses what is none, or no prepared set", async () => {
    await writeFile(join(root, "text"), "some text that is no set");
    await expect(loadProcessed(join(root, "text"))).rejects.toThrow(
      "expected a prepared set (safetensors, npz or pickle)",
    );
    await expect(loadProcessed(join(root, "none"))).rejects.toThrow("none: no such file; make it with tessera prepare");
    const model = await Preprocessor.fit(raw.train);
    await writeFile(join(root, "other.safetensors"), encodePreprocessor(model));
    await expect(loadProcessed(join(root, "other.safetensors"))).rejects.toThrow(
      'other.safetensors: expected the metadata key "tessera.set", found none: it is no prepared set',
    );
    const path = join(root, "cut.safetensors");
    await writeProcessed(path, await prepareSet(raw));
    const bytes = await readFile(path);
    await writeFile(path, bytes.subarray(0, -5));
    await expect(loadProcessed(path)).rejects.toThrow(/^.*cut\.safetensors: safetensors: /);
    // A label that is out of range: the last byte of the last label.
    bytes[bytes.length - 1] = 1;
    const { tensors, metadata } = decode(new Uint8Array(bytes));
    (tensors.get("train.labels")!.data as Int32Array)[4] = 9;
    const { encode } = await import("@tessera/safetensors");
    await writeFile(path, encode(tensors, metadata));
    await expect(loadProcessed(path)).rejects.toThrow("train.labels: record 4: expected a label from 0 to 2, found 9");
  });
});

describe("isProcessed", () => {
  const put = async (name: string, start: string | Uint8Array, size = 100) => {
    const bytes = Buffer.alloc(size);
    bytes.set(typeof start === "string" ? Buffer.from(start, "latin1") : start);
    await writeFile(join(root, name), bytes);
    return join(root, name);
  };

  it("tells other files by more than a brace", async () => {
    expect(await isProcessed(await put("fits", "\x5c\0\0\0\0\0\0\0{"))).toBe(true);
    expect(await isProcessed(await put("too-long", "\x5d\0\0\0\0\0\0\0{"))).toBe(false);
    expect(await isProcessed(await put("some.parquet", "PAR1\x15\x04\x15\x20{"))).toBe(false);
    expect(await isProcessed(await put("text", "{ 2345: {"))).toBe(false);
    expect(await isProcessed(await put("short", "", 3))).toBe(false);
    await expect(loadProcessed(await put("some.parquet", "PAR1\x15\x04\x15\x20{"))).rejects.toThrow(
      "another kind of file",
    );
  });

  it("is what loadImageSet says, too", async () => {
    const path = join(root, "told.npz");
    await writeProcessed(path, await prepareSet(raw), { format: "npz" });
    await expect(loadImageSet(path)).rejects.toThrow(
      `${path}: expected a source of images, found a prepared set, or a pickle\n  hint: loadProcessed reads a prepared set`,
    );
  });
});

describe("preprocessors", () => {
  it("are saved beside a model, and apply as before", async () => {
    for (const normalize of ["gcn-zca", "keras", "gcn"] as const) {
      const fitted = await Preprocessor.fit(raw.train, { normalize, sharpen: true });
      const loaded = decodePreprocessor(encodePreprocessor(fitted));
      const { images, shape } = raw.test;
      expect(await loaded.apply(images, shape)).toEqual(await fitted.apply(images, shape));
    }
  });

  it("name what is missing or wrong", async () => {
    const { encode } = await import("@tessera/safetensors");
    const settings = { sharpen: false, normalize: "keras", epsilon: 1e-6, shape: [4, 4, 3] };
    const file = (value: unknown) => encode({}, { preprocessor: JSON.stringify(value) });
    expect(() => decodePreprocessor(encode({}, {}), "model")).toThrow(
      'model: expected the metadata key "preprocessor"',
    );
    expect(() => decodePreprocessor(file(settings), "model")).toThrow(
      "model: preprocessor.mean: expected a Float64Array of 3 values, found none",
    );
    expect(() => decodePreprocessor(file({ ...settings, shape: [4, 4] }))).toThrow(
      "expected sharpen, normalize and shape",
    );
    expect(() => decodePreprocessor(file({ ...settings, normalize: "pca" }))).toThrow(
      "expected sharpen, normalize and",
    );
    expect(() => decodePreprocessor(encode({}, { preprocessor: "{" }))).toThrow("preprocessor: expected JSON, found");
  });
});

describe("pickles", () => {
  it("hold text, bytes, numbers, lists and dicts", () => {
    const value = new Map<string, never>(
      Object.entries({
        text: "é".repeat(300),
        numbers: [0, 255, 256, -1, 2 ** 31, -(2 ** 40)],
        bytes: [new Uint8Array(3), new Uint8Array(300), new Uint8Array(70_000)],
        none: [],
      }) as never,
    );
    const bytes = Buffer.concat(pickleParts(value));
    expect(unpickle(new Uint8Array(bytes))).toEqual(value);
  });

  it("are read as Python wrote them, with nothing known of their making", async () => {
    const path = join(root, "python.pickle");
    const images = ndarray(
      [2, 1, 2, 3],
      Uint8Array.from({ length: 12 }, (_, i) => i),
    );
    const bytes = dict({
      train_dataset: images,
      train_labels: ndarray([2], Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), "i8"),
      test_dataset: images,
      test_labels: ndarray([2], new Uint8Array(16), "i8"),
      label_names: pickle("](", str("apple"), str("bee"), "e"),
    });
    await writeFile(path, bytes);
    const { train, metadata } = await loadProcessed(path);
    expect([...train.labels]).toEqual([1, 0]);
    expect(train.shape).toEqual([2, 1, 2, 3]);
    expect(metadata).toMatchObject({ classNames: ["apple", "bee"], source: [], preprocessing: { normalize: "none" } });
    await writeFile(path, dict({ data: images, fine_labels: ints([1, 2]) }));
    await expect(loadProcessed(path)).rejects.toThrow(
      "python.pickle: label_names: expected a list of names, found none",
    );
  });
});

const python = pythonWithNumpy("prepared sets read by Python");

const report = `
import hashlib, json, pickle, sys
data = pickle.load(open(sys.argv[1], "rb"))
show = lambda v: [str(v.dtype), list(v.shape), hashlib.sha256(v.tobytes()).hexdigest(), bool(v.flags.c_contiguous)]
print(json.dumps({k: [n.decode() for n in v] if isinstance(v, list) else show(v) for k, v in data.items()}))
`;

describe.skipIf(!python)("Python", () => {
  it("loads the pickle: keys, dtypes, shapes and bytes", async () => {
    // 600 images of 48 values are more than the 64 KiB from which bytes lie beside the frames.
    const large: LabelledSet = { ...raw, train: { ...imagesOf(3000, 0) } };
    for (const [set, dtype] of [
      [await prepareSet(large, { sharpen: true, shuffle: true, seed: 1 }), "uint8"],
      [await prepareSet(large, { normalize: "gcn" }), "float32"],
    ] as const) {
      const path = join(root, `${dtype}.pickle`);
      await writeProcessed(path, set, { format: "pickle" });
      const labels = (part: "train" | "test") => BigInt64Array.from(set[part].labels, BigInt);
      expect(runPython(python!, report, [path])).toEqual({
        train_dataset: [dtype, [3000, 4, 4, 3], sha256(set.train.images), true],
        train_labels: ["int64", [3000], sha256(labels("train")), true],
        test_dataset: [dtype, [12, 4, 4, 3], sha256(set.test.images), true],
        test_labels: ["int64", [12], sha256(labels("test")), true],
        label_names: ["apple", "bée", "crab"],
      });
    }
  });

  it("loads the npz: keys, dtypes, shapes, bytes and the description", async () => {
    const set = await prepareSet(raw, { normalize: "gcn-zca" });
    const path = join(root, "python.npz");
    await writeProcessed(path, set, { format: "npz" });
    const program = `
import hashlib, json, numpy, sys
data = numpy.load(sys.argv[1])
show = lambda v: json.loads(str(v)) if v.dtype.kind == "U" else [str(v.dtype), list(v.shape), hashlib.sha256(v.tobytes()).hexdigest()]
print(json.dumps({k: show(data[k]) for k in data.files}))`;
    const arrays = set.preprocessor.arrays!;
    expect(runPython(python!, program, [path])).toEqual({
      ...Object.fromEntries(
        (["train", "test"] as const).flatMap((part) => {
          const { images, labels, coarseLabels, shape } = set[part];
          return [
            [`${part}.images`, ["float32", shape, sha256(images)]],
            [`${part}.labels`, ["int32", [labels.length], sha256(labels)]],
            [`${part}.coarse_labels`, ["int32", [labels.length], sha256(coarseLabels!)]],
          ];
        }),
      ),
      "preprocessor.mean": ["float64", [48], sha256(arrays.mean)],
      "preprocessor.whitening": ["float32", [48, 48], sha256(arrays.matrix)],
      "preprocessor.eigenvalues": ["float64", [48], sha256(arrays.eigenvalues)],
      "tessera.set": set.metadata,
    });
  });

  it("writes pickles that are read here, in every protocol", async () => {
    const path = join(root, "from-python.pickle");
    const program = `
import json, numpy, pickle, sys
x = numpy.arange(2 * 12, dtype=numpy.uint8).reshape(2, 2, 2, 3)
save = {"train_dataset": x, "train_labels": numpy.array([1, 0]), "test_dataset": x.astype(numpy.float32),
        "test_labels": numpy.array([0, 1]), "label_names": [b"apple", b"bee"]}
pickle.dump(save, open(sys.argv[1], "wb"), int(sys.argv[2]))
print("null")`;
    for (const protocol of [2, 3, 4, 5]) {
      runPython(python!, program, [path, `${protocol}`]);
      const set = await loadProcessed(path);
      expect([...set.train.images]).toEqual(Array.from({ length: 24 }, (_, i) => i));
      expect(set.test.images).toBeInstanceOf(Float32Array);
      expect([...set.train.labels, ...set.test.labels]).toEqual([1, 0, 0, 1]);
    }
  });
});

describe("describeSource", () => {
  it("names the files of a set with their sizes and hashes", async () => {
    const folder = join(root, "source");
    await mkdir(join(folder, "inner"), { recursive: true });
    await writeFile(join(folder, "b"), "abc");
    await writeFile(join(folder, "a"), "");
    const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    expect(await describeSource(join(folder, "b"))).toEqual([{ name: "b", bytes: 3, sha256: abc }]);
    await writeFile(join(folder, "inner", "c"), "abc");
    const names = async () => (await describeSource(folder)).map(({ name, bytes }) => [name, bytes]);
    expect(await names()).toEqual([
      ["a", 0],
      ["b", 3],
      ["inner/c", 3],
    ]);
    await symlink(folder, join(folder, "inner", "loop"));
    await symlink(join(folder, "inner"), join(folder, "linked"));
    expect((await names()).at(-1)).toEqual(["linked/c", 3]);
    await rm(join(folder, "linked"));
    const seen: [number, number][] = [];
    await describeSource(folder, { onProgress: (...each) => seen.push(each) });
    expect(seen).toEqual([
      [3, 6],
      [6, 6],
    ]);
    await expect(describeSource(folder, { signal: AbortSignal.abort() })).rejects.toThrow("aborted");
    for (let i = 0; i < 64; i++) await writeFile(join(folder, `${i}`), "abc");
    const [together] = await describeSource(folder);
    expect(await names()).toEqual([["source (67 files)", 66 * 3]]);
    await writeFile(join(folder, "63"), "abd");
    expect((await describeSource(folder))[0]!.sha256).not.toBe(together!.sha256);
  });
});
