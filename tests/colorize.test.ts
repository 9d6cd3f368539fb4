// Grey images learn their colours: training, resuming, measuring beside another network, colouring files.
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { decode as decodeImage, encode } from "fast-png";
import { afterAll, beforeAll, expect, it } from "vitest";
import { commandIn } from "./run-command.ts";
import { smallCifar } from "./small-cifar.ts";

const folder = mkdtempSync(join(tmpdir(), "tessera-colorize-"));
const tessera = commandIn(folder);
const read = (...path: string[]) => readFileSync(join(folder, ...path));
const device = ["--device", "cpu"];

const recipe = {
  data: { path: "cifar.tar.gz", validation: 0.2 },
  task: { name: "colorize", classes: ["class 0", "class 2", "class 3", "class 5", "class 8", "class 9"], count: 5 },
  model: { name: "colorize-unet", width: 0.25 },
  optimizer: { name: "adam", learningRate: 0.02 },
  augment: { flip: 0.5, padding: 2 },
  ...{ epochs: 4, batchSize: 8 },
};
const write = (name: string, change: object = {}) =>
  writeFileSync(join(folder, name), JSON.stringify({ ...recipe, ...change }));

beforeAll(async () => {
  writeFileSync(join(folder, "cifar.tar.gz"), await smallCifar({ train: 320, test: 64 }));
  write("unet.json");
  write("cnn.json", { model: { name: "colorize-cnn", width: 0.25 } });
  for (const name of ["unet", "cnn"]) {
    const { stderr, status } = tessera("train", "--recipe", `${name}.json`, "--out", name, ...device);
    expect([stderr, status]).toEqual(["", 0]);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("trains on the colours of some classes, and goes on as if it had not been stopped", () => {
  const config = JSON.parse(read("unet", "config.json").toString());
  expect(config.dataset).toBe(
    "cifar-100 (class 0, class 2, class 3, class 5, class 8, class 9) in 5 colours of k-means",
  );
  expect(config.colours).toHaveLength(5);
  expect(config.classNames[0]).toMatch(/^#[0-9a-f]{6}$/);
  const history = historyOf("unet");
  expect(Object.keys(history[3]!)).toEqual(
    expect.arrayContaining(["val_loss", "val_accuracy", "val_mean_iou", "val_weighted_iou"]),
  );
  expect(history[3]!.val_loss).toBeLessThan(history[0]!.val_loss!);
  tessera("train", "--recipe", "unet.json", "--out", "stopped", "--epochs", "2", ...device);
  expect(tessera("train", "--resume", "stopped", "--epochs", "4").status).toBe(0);
  expect(read("stopped", "last.safetensors").equals(read("unet", "last.safetensors"))).toBe(true);
});

it("is measured beside the network without skip connections and a guess that sees nothing", () => {
  const asked = ["--report", "--beside", "cnn", "--layer", "skip_connection.body.conv2d", ...device];
  const { stdout, status } = tessera("evaluate", "unet", ...asked);
  expect(status).toBe(0);
  expect(stdout).toMatch(/^test set, \d+ images, best weights: loss .*, accuracy .*, mean IoU .*, weighted IoU /);
  expect(stdout).toMatch(/^after \d+ steps, on the \d+ validation images:$/m);
  for (const name of ["predictions", "activations", "confusion"]) {
    expect(read("unet", `${name}.png`).subarray(1, 4).toString(), name).toBe("PNG");
  }
  const { epochs, steps, runs, guess } = JSON.parse(read("unet", "comparison.json").toString());
  expect([epochs, steps % 4]).toEqual([4, 0]);
  expect(runs.map(({ model }: { model: string }) => model)).toEqual(["colorize-unet", "colorize-cnn"]);
  expect(runs[0].loss).toBe(historyOf("unet")[3]!.val_loss);
  expect(runs[0].loss).toBeLessThan(guess.loss);
  const json = JSON.parse(tessera("evaluate", "unet", "--report", "--json", ...device).stdout);
  const known = json.classes.map(({ iou }: { iou: number | null }) => iou).filter((iou: unknown) => iou !== null);
  const sum = known.reduce((a: number, b: number) => a + b, 0);
  expect(json.mean_iou).toBeCloseTo(sum / known.length, 12);
});

it("colours image files of any size", () => {
  const data = Uint8Array.from({ length: 40 * 30 * 3 }, (_, i) => i % 251);
  writeFileSync(join(folder, "photo.png"), encode({ data, width: 40, height: 30, channels: 3, depth: 8 }));
  const { stdout, stderr, status } = tessera("predict", "unet", "photo.png", "none.png", "--out", "painted", "--json");
  expect(stderr).toMatch(/^tessera: .*none\.png/);
  expect(status).toBe(1);
  const [{ output, shares }] = JSON.parse(stdout);
  expect(output).toBe(join("painted", "photo.png"));
  const drawn = decodeImage(read("painted", "photo.png"));
  expect([drawn.width, drawn.height]).toEqual([256, 256]);
  const { classNames } = JSON.parse(read("unet", "config.json").toString());
  for (let i = 0; i < drawn.data.length; i += 3 * 1009) {
    expect(classNames).toContain(`#${Buffer.from(drawn.data.slice(i, i + 3)).toString("hex")}`);
  }
  expect(shares.reduce((total: number, { share }: { share: number }) => total + share, 0)).toBeCloseTo(1, 12);
});

it("says in a line what is not for networks of pixels, and which run cannot be compared", () => {
  const tta = tessera("evaluate", "unet", "--tta", "flip", ...device);
  expect(tta.stderr).toMatch(/^error: --tta is not for colorize-unet, which gives a class to each pixel\n/);
  expect(tta.status).toBe(2);
  const config = JSON.parse(read("cnn", "config.json").toString());
  cpSync(join(folder, "cnn"), join(folder, "other"), { recursive: true });
  writeFileSync(
    join(folder, "other/config.json"),
    JSON.stringify({ ...config, recipe: { ...config.recipe, batchSize: 16 } }),
  );
  const { stderr, status } = tessera("evaluate", "unet", "--beside", "other", ...device);
  expect(stderr).toBe("tessera: other: trained otherwise than unet: batchSize is 16, not 8\n");
  expect(status).toBe(1);
});

const real = join(
  process.env.TESSERA_DATA ?? resolve(import.meta.dirname, "../../shared/data"),
  "cifar-10-batches-bin",
);
const full = process.env.TESSERA_FULL === "1" && existsSync(real);
if (!full) console.warn(`real horses: SKIPPED (TESSERA_FULL=1 and ${real} for the recipes on CIFAR-10)`);

it.skipIf(!full)(
  "on real horses skip connections are worth their weights, and both networks beat a guess",
  () => {
    for (const kind of ["unet", "cnn"]) {
      const asked = ["--recipe", `cifar10-colorize-${kind}`, "--data", real, "--out", `real-${kind}`];
      expect(tessera("train", ...asked, ...device).status).toBe(0);
    }
    tessera("evaluate", "real-unet", "--beside", "real-cnn", ...device);
    const { runs, guess } = JSON.parse(read("real-unet", "comparison.json").toString());
    expect(runs[0].loss).toBeLessThan(runs[1].loss);
    expect(runs[1].loss).toBeLessThan(guess.loss);
  },
  2_400_000,
);

function historyOf(run: string): { val_loss?: number }[] {
  const lines = read(run, "history.jsonl").toString().trim().split("\n");
  return lines.map((line) => JSON.parse(line));
}
