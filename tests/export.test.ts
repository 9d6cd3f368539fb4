// Runs for other programs and from them, and the pretrained network, as a person uses them.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { cnn, miniCnn, saveWeights } from "@tessera/nn";
import { decode } from "@tessera/safetensors";
import { openDevice } from "@tessera/tensor";
import { encode } from "fast-png";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { smallCifar } from "./small-cifar.ts";

const root = resolve(import.meta.dirname, "..");
const folder = mkdtempSync(join(tmpdir(), "tessera-export-"));
const classNames = Array.from({ length: 100 }, (_, i) => `class ${i}`);

function node(program: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}) {
  const options = { cwd: folder, encoding: "utf8", env: { ...process.env, ...environment } } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], options);
  return { code: status, out: stdout, err: stderr };
}

const tessera = (args: readonly string[], environment?: NodeJS.ProcessEnv) =>
  node(join(root, "packages/cli/bin/tessera.js"), args, environment);

const predicted = (run: readonly string[], environment?: NodeJS.ProcessEnv) => {
  const { code, out, err } = tessera(["predict", ...run, "a.png", "--device", "cpu", "--json"], environment);
  expect([code, err]).toEqual([0, ""]);
  return JSON.parse(out)[0].predictions as { class: string; probability: number }[];
};

beforeAll(async () => {
  const device = await openDevice("cpu", { threads: 1 });
  const config = { dataset: "cifar-100", classNames };
  for (const [name, model] of [
    ["cnn", cnn({ classes: 100, seed: 3 })],
    ["mini-cnn", miniCnn({ classes: 100, seed: 3 })],
  ] as const) {
    mkdirSync(join(folder, name));
    writeFileSync(
      join(folder, name, "config.json"),
      JSON.stringify({ recipe: { model: { name }, data: {} }, ...config }),
    );
    writeFileSync(join(folder, name, "last.safetensors"), await saveWeights(model));
  }
  await device.destroy();
  const data = Uint8Array.from({ length: 40 * 50 * 3 }, (_, i) => (i * 37) % 256);
  writeFileSync(join(folder, "a.png"), encode({ width: 50, height: 40, data, channels: 3 }));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("tessera export and import", () => {
  it.each([
    ["keras", "keras"],
    ["h5", "h5"],
    ["safetensors", "safetensors"],
  ])("%s comes back as a run that predicts the same", (format, extension) => {
    const { code, out, err } = tessera(["export", "mini-cnn", "--format", format]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(new RegExp(`^mini-cnn\\.${extension}: last weights of mini-cnn, \\d\\.\\d\\d MB\n$`));
    writeFileSync(join(folder, "names.json"), JSON.stringify(classNames));
    const back = `back-${format}`;
    const given = ["--model", "mini-cnn", "--classes", "names.json", "--out", back];
    expect(tessera(["import", `mini-cnn.${extension}`, ...given])).toMatchObject({ code: 0, err: "" });
    expect(predicted([back])).toEqual(predicted(["mini-cnn"]));
  });

  it("writes ONNX", () => {
    expect(tessera(["export", "cnn", "--format", "onnx", "--pixels", "--softmax", "--out", "a.onnx"]).code).toBe(0);
    const text = readFileSync(join(folder, "a.onnx"), "latin1");
    expect(text).toContain("probabilities");
    expect(text).toContain('["class 0","class 1",');
  });

  it("says what does not fit in one line", () => {
    expect(tessera(["export", "mini-cnn", "--format", "keras"]).code).toBe(0);
    const { code, err } = tessera(["import", "mini-cnn.keras", "--model", "mini-cnn", "--classes", "7", "--out", "x"]);
    expect(code).toBe(1);
    expect(err).toContain("mini-cnn.keras: Keras: dense: expected [2048, 7], [7], the file's dense has [2048, 100]");
    expect(tessera(["export", "mini-cnn", "--format", "gif"]).code).toBe(2);
  });
});

describe("--pretrained", () => {
  const asset = join(folder, "asset.safetensors");
  const environment = { TESSERA_PRETRAINED: asset };

  it("predicts and measures without a run, from an asset below 3 MB", async () => {
    const made = node(join(root, "scripts/pretrained.mjs"), ["cnn", asset]);
    expect(made).toMatchObject({ code: 0, err: "" });
    const bytes = readFileSync(asset);
    expect(bytes.length).toBeLessThan(3e6);
    expect(decode(bytes).tensors.get("conv2d.kernel")!.dtype).toBe("F16");
    const [first] = predicted(["--pretrained"], environment);
    const [full] = predicted(["cnn"]);
    expect(first!.class).toBe(full!.class);
    // Eleven bits of each weight move a probability by about as many.
    expect(Math.abs(first!.probability - full!.probability)).toBeLessThan(1e-2);
    writeFileSync(join(folder, "cifar.tar.gz"), await smallCifar({ train: 10, test: 20 }));
    const args = ["evaluate", "--pretrained", "--data", "cifar.tar.gz", "--device", "cpu", "--json"];
    const { code, out } = tessera(args, environment);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ run: null, weights: "pretrained", images: 20 });
  });

  it("says what is missing", () => {
    const none = tessera(["predict", "--pretrained", "a.png"], { TESSERA_PRETRAINED: "nowhere" });
    expect([none.code, none.err.split("\n")[0]]).toEqual([1, "tessera: nowhere: there are no pretrained weights"]);
    expect(tessera(["predict", "cnn"]).code).toBe(2);
    expect(tessera(["evaluate"]).code).toBe(2);
    expect(tessera(["evaluate", "cnn", "--pretrained"]).code).toBe(2);
    expect(tessera(["evaluate", "cnn"]).err).toContain("cnn: its recipe has no data\n  hint: name a set with --data");
  });
});
