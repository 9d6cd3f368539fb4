/** @file Training on a folder of images: the built command in processes of its own. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { encode } from "fast-png";
import { afterAll, beforeAll, expect, it } from "vitest";

const root = resolve(import.meta.dirname, "..");
const command = join(root, "packages/cli/bin/tessera.js");
const folder = mkdtempSync(join(tmpdir(), "tessera-own-"));

function tessera(...args: string[]) {
  return spawnSync(process.execPath, [command, ...args], { cwd: folder, encoding: "utf8" });
}

beforeAll(() => {
  if (!existsSync(join(root, "packages/cli/dist/main.js"))) throw new Error("the command is not built: npm run build");
  for (const [name, shade] of [
    ["dark", 30],
    ["light", 220],
  ] as const) {
    mkdirSync(join(folder, "photos", name), { recursive: true });
    for (let i = 0; i < 20; i++) {
      const [width, height] = [40 + i, 36];
      const data = new Uint8Array(width * height * 3).fill(shade + i);
      writeFileSync(join(folder, "photos", name, `${i}.png`), encode({ data, width, height, channels: 3, depth: 8 }));
    }
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("holds a fifth out, learns the folders' names, and measures the same images again", () => {
  const options = ["--epochs", "1", "--batch-size", "8", "--validation", "none", "--device", "cpu", "--threads", "1"];
  const { status, stderr } = tessera("train", "mini-cnn", "--data", "photos", "--out", "run", ...options);
  expect(stderr).toContain("photos has no test part: 8 images, a fifth, are held out as one\n");
  expect(status).toBe(0);
  const config = JSON.parse(readFileSync(join(folder, "run", "config.json"), "utf8"));
  expect(config).toMatchObject({ dataset: "photos", classNames: ["dark", "light"], images: { train: 32, test: 8 } });
  const again = tessera("evaluate", "run", "--device", "cpu", "--threads", "1", "--json");
  expect(again.status).toBe(0);
  const { images, accuracy } = JSON.parse(again.stdout);
  expect(images).toBe(8);
  expect(accuracy).toBe(JSON.parse(readFileSync(join(folder, "run", "test.json"), "utf8")).accuracy);
});

it("names an image that cannot be read, and a path that is no set", () => {
  writeFileSync(join(folder, "photos", "dark", "99.png"), "<html>");
  const broken = tessera("train", "mini-cnn", "--data", "photos", "--out", "other", "--device", "cpu");
  expect(broken.stderr).toMatch(/^tessera: photos\/dark\/99\.png: expected a PNG or JPEG image/);
  expect(broken.status).toBe(1);
  const nothing = tessera("train", "mini-cnn", "--data", "nowhere", "--device", "cpu");
  expect(nothing.stderr).toMatch(
    /^tessera: .*nowhere: no such file or folder\n {2}hint: tessera download fetches a set\n$/,
  );
});
