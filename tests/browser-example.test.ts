/** @file examples/browser: the page trains in a tab, on threads, on one worker and on WebGPU, and keeps what it learnt. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode } from "fast-png";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "./architecture/sources.ts";
import { chromiumPath, launchChromium, warnWithoutChromium } from "./browser/chromium.ts";
import { smallCifar } from "./small-cifar.ts";

warnWithoutChromium("examples/browser");

/** What the page's button "Save curves" gives. */
interface Curves {
  readonly device: string;
  readonly history: readonly { readonly loss: number; readonly val_loss: number; readonly val_accuracy: number }[];
  readonly steps: { readonly losses: readonly number[] };
}

/** Values of the form by the ids of its fields. */
type Form = Readonly<Record<string, string>>;

const folder = mkdtempSync(join(tmpdir(), "tessera-page-"));
const servers: ChildProcess[] = [];

/** The example's own server on a free port, without any archive to offer. */
async function startServer(...options: string[]): Promise<string> {
  const args = [join(root, "examples", "browser", "serve.js"), "--port", "0", ...options];
  const child = spawn(process.execPath, args, { env: { ...process.env, TESSERA_DATA: folder } });
  servers.push(child);
  let said = "";
  return new Promise((resolve, reject) => {
    child.stdout.on("data", (text) => {
      said += text;
      const [url] = /http:\S+/.exec(said) ?? [];
      if (url) resolve(url);
    });
    child.stderr.on("data", (text) => {
      said += text;
    });
    child.on("close", (code) => reject(new Error(`the server ended with ${code}: ${said}`)));
  });
}

describe.skipIf(!chromiumPath)("examples/browser", () => {
  let browser: Browser;
  let isolated: string;

  beforeAll(async () => {
    browser = await launchChromium(["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"]);
    isolated = await startServer();
  });
  afterAll(async () => {
    await browser?.close();
    for (const server of servers) server.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(url: string, from: Browser = browser) {
    const page = await from.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    page.on("request", (request) => {
      if (!/^(blob|data):/.test(request.url()) && !request.url().startsWith(url)) errors.push(request.url());
    });
    await page.goto(url);
    await ready(page);
    return { page, errors };
  }

  const says = (page: Page, text: string | RegExp) => page.locator("#status").getByText(text).waitFor();

  const ready = (page: Page) => page.locator("#start:enabled").waitFor();

  async function fill(page: Page, form: Form): Promise<void> {
    for (const [id, value] of Object.entries(form)) {
      const field = page.locator(`#${id}`);
      if ((await field.evaluate((element) => element.tagName)) === "SELECT") await field.selectOption(value);
      else await field.fill(value);
    }
    await page.locator("#images").blur();
    await ready(page);
  }

  async function train(page: Page, form: Form): Promise<Curves> {
    await fill(page, form);
    await page.locator("#start").click();
    await says(page, "Training is done.");
    return JSON.parse(readFileSync(await saved(page, "#save-curves"), "utf8"));
  }

  async function saved(page: Page, button: string): Promise<string> {
    const download = page.waitForEvent("download");
    await page.locator(button).click();
    const file = await download;
    const path = join(folder, file.suggestedFilename());
    await file.saveAs(path);
    return path;
  }

  const small = { network: "mini-cnn 0.25", images: "1600", epochs: "3", rate: "0.01" };

  it("trains on threads, the same bits again, and keeps the weights", async () => {
    const { page, errors } = await open(isolated);
    const first = await train(page, { ...small, device: "cpu" });
    expect(first.device).toMatch(/^cpu: \d+ threads?, WebAssembly relaxed SIMD$/);
    expect(first.history).toHaveLength(3);
    expect(first.steps.losses).toHaveLength(3 * (1600 / 32));
    expect(first.history.at(-1)!.loss).toBeLessThan(first.history[0]!.loss);
    // Guessing among 8 classes is right 1/8 of the time, with a deviation of √(1/8 · 7/8 / 320) = 0.0185 over 320 images:
    // six deviations above that is no luck.
    const { val_accuracy: accuracy } = first.history.at(-1)!;
    expect(accuracy).toBeGreaterThan(1 / 8 + 6 * 0.0185);
    for (const chart of ["#chart-loss", "#chart-accuracy"]) {
      const [training, validation] = await page.locator(`${chart} .series path`).all();
      expect((await training!.getAttribute("d"))!.split("L").length).toBeGreaterThan(100);
      expect((await validation!.getAttribute("d"))!.split("L")).toHaveLength(3);
    }
    expect(await page.locator("#epochs-table tbody tr").count()).toBe(3);
    expect(await page.locator(".guess.right").count()).toBeGreaterThan(0);
    const counts = await page.locator(".matrix td.own, .matrix td").allTextContents();
    expect(counts.reduce((sum, text) => sum + Number(text), 0)).toBe(320);
    const weights = await saved(page, "#save");

    const second = await train(page, { ...small, device: "cpu" });
    expect(second.steps.losses).toEqual(first.steps.losses);
    expect(second.history.map(({ val_loss }) => val_loss)).toEqual(first.history.map(({ val_loss }) => val_loss));

    const other = await train(page, { ...small, seed: "1", epochs: "1" });
    expect(other.steps.losses.slice(0, 50)).not.toEqual(first.steps.losses.slice(0, 50));
    await page.locator("#weights").setInputFiles(weights);
    await says(page, "weights.safetensors is loaded.");
    expect(await page.locator("#measured").textContent()).toContain(`${(100 * accuracy).toFixed(2)} % of 320 `);

    const picture = { width: 60, height: 40, channels: 3, data: new Uint8Array(60 * 40 * 3).fill(90) } as const;
    writeFileSync(join(folder, "own.png"), encode(picture));
    await page.locator("#picture").setInputFiles(join(folder, "own.png"));
    await page.locator("#own-guesses li").nth(4).waitFor();
    expect(errors).toEqual([]);
    await page.close();
  });

  it("pauses, goes on, and stops, by keyboard", async () => {
    const { page, errors } = await open(isolated);
    await fill(page, { ...small, device: "cpu", epochs: "100" });
    // A set that is asked for while another is made: only the last may be trained on.
    await page.locator("#images").fill("1500");
    await page.locator("#images").blur();
    await fill(page, { images: "1600" });
    expect(await page.locator("#set-facts").textContent()).toContain("1600 images");
    await page.locator("#start").focus();
    await page.keyboard.press("Enter");
    await page.locator("#epochs-table tbody tr").first().waitFor({ state: "attached" });
    await page.locator("#pause").focus();
    await page.keyboard.press("Enter");
    await says(page, "Paused.");
    const points = () => page.locator("#progress").evaluate((bar: HTMLProgressElement) => bar.value);
    // What was under way may still arrive; then nothing does.
    await expect.poll(async () => (await points()) === (await page.waitForTimeout(300).then(points))).toBe(true);
    const before = await points();
    expect(await page.locator("#pause").textContent()).toBe("Resume");
    await page.keyboard.press("Enter");
    await expect.poll(points).toBeGreaterThan(before);
    await page.locator("#stop").click();
    await says(page, "Stopped. The network is kept.");
    expect(await points()).toBeLessThan(1);
    expect(await page.locator("#save").isEnabled()).toBe(true);
    // Also while the device is still being opened.
    await page.locator("#start").click();
    await page.locator("#stop").click();
    await says(page, "Stopped. The network is kept.");
    expect(errors).toEqual([]);
    await page.close();
  });

  it("trains on one worker where there is neither WebGPU nor isolation, and says why", async () => {
    const plain = await launchChromium();
    const { page, errors } = await open(await startServer("--no-isolation"), plain);
    const { device, steps } = await train(page, { ...small, device: "webgpu", images: "320", epochs: "1" });
    expect(device).toBe("cpu: 1 thread, WebAssembly relaxed SIMD, no shared memory");
    expect(steps.losses).toHaveLength(10);
    expect(await page.locator("#device-note").textContent()).toMatch(
      /^No WebGPU here: .*no adapter.*\. The cpu device trains\. This page is not cross-origin isolated, .*: one worker trains\.$/,
    );
    expect(errors).toEqual([]);
    await plain.close();
  });

  it("trains on WebGPU", async () => {
    const { page, errors } = await open(isolated);
    const form = { ...small, device: "webgpu", images: "64", batch: "16", epochs: "1" };
    const { device, steps } = await train(page, form);
    expect(device).toMatch(/^webgpu: .*swiftshader.*\(software\)$/i);
    expect(steps.losses).toHaveLength(4);
    for (const loss of steps.losses) expect(loss).toBeGreaterThan(0);
    expect(errors).toEqual([]);
    await page.close();
  });

  it("reads an archive of the user's, and says in one line what is wrong with another file", async () => {
    const { page, errors } = await open(isolated);
    writeFileSync(join(folder, "set.tar.gz"), await smallCifar({ train: 200, test: 100 }));
    writeFileSync(join(folder, "notes.gz"), "no archive");
    await page.locator("#source").selectOption("file");
    await page.locator("#file").setInputFiles(join(folder, "notes.gz"));
    const error = page.locator("#error");
    await error.getByText(/^notes\.gz: expected CIFAR-10 or CIFAR-100 .* found a file of another kind$/).waitFor();
    await page.locator("#file").setInputFiles(join(folder, "set.tar.gz"));
    await page.locator("#set-facts").getByText("100 classes, 200 images to train on").waitFor();
    expect(await error.textContent()).toBe("");
    const { history } = await train(page, { ...small, images: "3200", epochs: "1", device: "cpu" });
    expect(history).toHaveLength(1);
    await page.locator("#confusion").getByText("Share of each class that was found").waitFor();
    expect(errors).toEqual([]);
    await page.close();
  });

  it("fits a phone and a desktop, light and dark", async () => {
    const { page, errors } = await open(isolated);
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      const papers = new Set<string>();
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
        papers.add(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
      }
      expect(papers.size).toBe(2);
    }
    expect(await page.locator("#gallery canvas").count()).toBe(24);
    expect(errors).toEqual([]);
    await page.close();
  });
});
