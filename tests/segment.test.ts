// Photographs and their masks: training, backbones from elsewhere, overlays, and masks that do not fit.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { randomBits } from "@tessera/tensor";
import { decode as decodeImage, encode } from "fast-png";
import { afterAll, beforeAll, expect, it } from "vitest";
import { commandIn } from "./run-command.ts";
import { smallCifar } from "./small-cifar.ts";

const folder = mkdtempSync(join(tmpdir(), "tessera-segment-"));
const tessera = commandIn(folder);
const read = (...path: string[]) => readFileSync(join(folder, ...path));
const device = ["--device", "cpu"];
const [count, size] = [10, 32];

const recipe = {
  data: { path: "spots", validation: "test" },
  task: {
    name: "segment",
    classes: ["background", "spot"],
    masks: { 0: null, 1: "spot", 3: "background" },
    test: ["picture-1", "picture-6"],
  },
  model: { name: "deeplab", width: 0.125, rates: [1, 2], dropout: 0.1 },
  optimizer: { name: "adam", learningRate: 0.01 },
  augment: { flip: 0.5, resizedCrop: { scale: [0.5, 1], size: 24 } },
  ...{ epochs: 12, batchSize: 4 },
};
const write = (name: string, change: object = {}) =>
  writeFileSync(join(folder, name), JSON.stringify({ ...recipe, ...change }));

/** A bright disc over darker noise, and its mask, whose rim does not count. */
function spot(i: number) {
  const bits = randomBits({ seed: 4, stream: 0, counter: i }, size * size);
  const [x, y] = [8 + (bits[0]! % 16), 8 + (bits[1]! % 16)];
  const distance = (at: number) => Math.hypot((at % size) - x, Math.floor(at / size) - y);
  const mask = Uint8Array.from(bits, (_, at) => (distance(at) < 7 ? 1 : distance(at) < 8 ? 0 : 3));
  const image = Uint8Array.from({ length: 3 * size * size }, (_, j) => {
    const at = Math.floor(j / 3);
    return (bits[at]! % 60) + (distance(at) < 7.5 ? (j % 3 === 2 ? 20 : 180) : 40);
  });
  return { image, mask };
}

beforeAll(() => {
  for (const name of ["images", "labels"]) mkdirSync(join(folder, "spots", name), { recursive: true });
  for (let i = 0; i < count; i++) {
    const { image, mask } = spot(i);
    const shape = { width: size, height: size, depth: 8 } as const;
    writeFileSync(join(folder, `spots/images/picture-${i}.png`), encode({ ...shape, data: image, channels: 3 }));
    writeFileSync(join(folder, `spots/labels/picture-${i}.png`), encode({ ...shape, data: mask, channels: 1 }));
  }
  write("spots.json");
  const { stderr, status } = tessera("train", "--recipe", "spots.json", "--out", "run", ...device);
  expect([stderr, status]).toEqual(["", 0]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("learns masks of a few photographs, and paints them over those that were held out", () => {
  const config = JSON.parse(read("run", "config.json").toString());
  expect(config).toMatchObject({
    classNames: ["background", "spot"],
    images: { train: 8, test: 2 },
    imageSize: [32, 32],
  });
  const { stdout, status } = tessera("evaluate", "run", "--report", ...device);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^class +IoU +precision +recall +pixels$/m);
  expect(readdirSync(join(folder, "run/overlays")).sort()).toEqual(["picture-1.png", "picture-6.png"]);
  const json = JSON.parse(tessera("evaluate", "run", "--report", "--json", ...device).stdout);
  const [background, spots] = json.classes;
  // Pixels of the rim are in neither support.
  const counted = [1, 6].flatMap((i) => [...spot(i).mask]).filter((id) => id !== 0).length;
  expect(background.support + spots.support).toBe(counted);
  expect(json.weighted_iou).toBeCloseTo(
    (background.support * background.iou + spots.support * spots.iou) / counted,
    12,
  );
  // Taking all for background has an IoU of 0 for spots.
  expect(json.mean_iou).toBeGreaterThan(0.6);
  const predicted = JSON.parse(tessera("predict", "run", "spots/images/picture-1.png", "--json", ...device).stdout);
  expect(predicted[0].output).toBe(join("run", "predictions", "picture-1.png"));
  const [own, overlay] = [decodeImage(read(predicted[0].output)), decodeImage(read("run/overlays/picture-1.png"))];
  expect(Buffer.from(own.data).equals(Buffer.from(overlay.data))).toBe(true);
});

it("begins with a backbone that was trained on classes of images", async () => {
  writeFileSync(join(folder, "cifar.tar.gz"), await smallCifar({ train: 64, test: 16 }));
  const classifier = { data: { path: "cifar.tar.gz", validation: "none" }, epochs: 1, batchSize: 16 };
  const backbone = (width: number) => {
    writeFileSync(
      join(folder, "backbone.json"),
      JSON.stringify({ ...classifier, model: { name: "deeplab-backbone", width } }),
    );
    return tessera("train", "--recipe", "backbone.json", "--out", `backbone-${width}`, ...device).status;
  };
  expect([backbone(0.125), backbone(0.25)]).toEqual([0, 0]);
  const train = (file: string) =>
    tessera("train", "--recipe", "spots.json", "--epochs", "1", "--out", "on", "--backbone", file, ...device);
  expect(train("backbone-0.125/last.safetensors").stdout).toMatch(
    /^the backbone begins with 50 tensors of .*last\.safetensors; 2 others are left aside$/m,
  );
  expect(train("backbone-0.25/last.safetensors").stderr).toMatch(
    /^tessera: .*last\.safetensors: loadBackbone: "conv2d\.kernel" is F32 \[3, 3, 3, 16\] in the file, F32 \[3, 3, 3, 8\] in the model\n$/,
  );
  expect(train("nowhere.safetensors").stderr).toMatch(/^tessera: .*nowhere\.safetensors: cannot be read \(ENOENT\)\n$/);
  // The run that was there is emptied by one that begins, and neither of the two did.
  expect(existsSync(join(folder, "on/last.safetensors"))).toBe(true);
});

it("says in a line which mask does not fit", () => {
  cpSync(join(folder, "spots"), join(folder, "broken"), { recursive: true });
  const mask = encode({ width: 16, height: 16, depth: 8, channels: 1, data: new Uint8Array(256) });
  writeFileSync(join(folder, "broken/labels/picture-3.png"), mask);
  const { stderr, status } = tessera(
    "train",
    "--recipe",
    "spots.json",
    "--data",
    "broken",
    "--out",
    "wrong",
    ...device,
  );
  expect(stderr).toMatch(
    /^tessera: broken\/labels\/picture-3\.png: expected 32 rows of 32 pixels as its image, found 16 rows of 16 pixels\n$/,
  );
  expect(status).toBe(1);
});

const real = join(process.env.TESSERA_DATA ?? resolve(import.meta.dirname, "../../shared/data"), "flowers17-masks");
const full = process.env.TESSERA_FULL === "1" && existsSync(real);
if (!full) console.warn(`real flowers: SKIPPED (TESSERA_FULL=1 and ${real} for the recipe on them)`);

it.skipIf(!full)(
  "finds real flowers that were held out",
  () => {
    const train = ["--recipe", "flowers17-segment", "--data", real, "--out", "flowers"];
    expect(tessera("train", ...train, ...device).status).toBe(0);
    const { weighted_iou } = JSON.parse(read("flowers", "test.json").toString());
    expect(weighted_iou).toBeGreaterThan(0.78);
  },
  1_200_000,
);
