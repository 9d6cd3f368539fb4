// A run's report and its live page, in a browser: the built command, and a small run of it.
import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "./architecture/sources.ts";
import { chromiumPath, launchChromium, warnWithoutChromium } from "./browser/chromium.ts";
import { smallCifar } from "./small-cifar.ts";

warnWithoutChromium("reports in a browser");

const command = join(root, "packages/cli/bin/tessera.js");
const folder = mkdtempSync(join(tmpdir(), "tessera-report-"));
const children: ChildProcess[] = [];

function start(args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [command, ...args], { cwd: folder });
  children.push(child);
  return child;
}

function tessera(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((done) => {
    const child = start(args);
    const texts = { out: "", err: "" };
    child.stdout!.on("data", (part) => {
      texts.out += part;
    });
    child.stderr!.on("data", (part) => {
      texts.err += part;
    });
    child.on("close", (code) => done({ code, ...texts }));
  });
}

beforeAll(async () => {
  writeFileSync(join(folder, "set.tar.gz"), await smallCifar({ train: 128, test: 48 }));
  const train = ["train", "mini-cnn", "--data", "set.tar.gz", "--device", "cpu", "--validation", "test"];
  expect((await tessera(...train, "--epochs", "2", "--out", "runs/first")).code).toBe(0);
});

afterAll(() => {
  for (const child of children) child.kill();
  rmSync(folder, { recursive: true, force: true });
});

describe("tessera report", () => {
  it("writes one file about the run", async () => {
    const { code, out, err } = await tessera("report", "runs/first", "--device", "cpu", "--json");
    expect([code, err]).toEqual([0, ""]);
    expect(JSON.parse(out)).toMatchObject({ report: "runs/first/report.html", measured: true });
    const page = readFileSync(join(folder, "runs/first/report.html"), "utf8");
    // The learning rate and the waits are in the history of every run.
    expect(page).not.toContain("not recorded");
    const accuracy = JSON.parse(readFileSync(join(folder, "runs/first/test.json"), "utf8")).accuracy;
    expect(page).toContain(`<dd>${(100 * accuracy).toFixed(2)} %<small>accuracy, last weights`);
    expect(page).toContain(`: ${(100 * accuracy).toFixed(2)} % of 48 images on the diagonal"`);
  });

  it("leaves a note where the set is gone", async () => {
    const config = join(folder, "runs/first/config.json");
    const before = readFileSync(config, "utf8");
    writeFileSync(config, before.replace("set.tar.gz", "gone.tar.gz"));
    const { code, err } = await tessera("report", "runs/first", "--out", "gone.html");
    writeFileSync(config, before);
    expect(code).toBe(0);
    expect(err).toMatch(/gone\.tar\.gz: the run's data set is not there any more\n$/);
    expect(readFileSync(join(folder, "gone.html"), "utf8")).toContain("the run&#39;s data set is not there any more");
  });
});

describe("tessera runs", () => {
  it("lists runs, as text and as JSON, and draws them", async () => {
    const { out, code } = await tessera("runs", "--chart", "runs.html");
    expect(code).toBe(0);
    expect(out).toMatch(/^runs\/first +finished +mini-cnn +cifar-100 +2\/2 +\d+\.\d\d % \(\d\) +\d+\.\d\d % /m);
    expect(readFileSync(join(folder, "runs.html"), "utf8")).toContain("Accuracy of 1 runs");
    const [first] = JSON.parse((await tessera("runs", "runs/first", "--measure", "loss", "--json")).out);
    expect(first).toMatchObject({ path: "runs/first", state: "finished", epochs: 2, measure: "loss" });
  });

  it("says where it looked in vain", async () => {
    const { code, err } = await tessera("runs", "nowhere");
    expect([code, err.split("\n")[0]]).toEqual([1, "tessera: nowhere: there is no such folder"]);
  });
});

describe.skipIf(!chromiumPath)("in a browser", () => {
  let browser: Browser;
  const url = () => pathToFileURL(join(folder, "runs/first/report.html")).href;

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  async function open(address: string, options: Parameters<Browser["newPage"]>[0] = {}) {
    const page = await browser.newPage(options);
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    page.on("request", (request) => {
      if (!/^(file|data):/.test(request.url()) && !request.url().startsWith(address)) errors.push(request.url());
    });
    await page.goto(address);
    return { page, errors };
  }

  it.each([
    [390, "light"],
    [390, "dark"],
    [1280, "light"],
    [1280, "dark"],
  ] as const)("fits %i pixels, %s, with text that can be read", async (width, colorScheme) => {
    const { page, errors } = await open(url(), { viewport: { width, height: 800 }, colorScheme });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    expect(await page.locator(".series path").count()).toBeGreaterThan(8);
    for (const chart of await page.locator("svg.chart").all()) {
      const box = await chart.boundingBox();
      expect(box!.width).toBeGreaterThan(300);
    }
    expect(await poorContrasts(page)).toEqual([]);
    expect(errors).toEqual([]);
    await page.close();
  });

  it("is reached by keyboard, in order, and shows values", async () => {
    const { page, errors } = await open(url());
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("To the curves");
    const order: string[] = [];
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press("Tab");
      order.push(await page.evaluate(() => document.activeElement?.id || document.activeElement?.tagName || ""));
    }
    const wanted = ["chart-loss", "chart-accuracy", "chart-learning-rate", "matrix", "classes-table-sort-0"];
    const places = wanted.map((id) => order.indexOf(id));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    await page.locator("#chart-loss").focus();
    await page.keyboard.press("Home");
    const output = page.locator("figure:has(#chart-loss) output");
    const [line] = readFileSync(join(folder, "runs/first/history.jsonl"), "utf8").split("\n");
    const { loss, val_loss } = JSON.parse(line!);
    const text = `epoch 1: training ${loss.toFixed(4)}, validation ${val_loss.toFixed(4)}`;
    expect(await output.textContent()).toBe(text);
    expect(await page.locator("#chart-loss").getAttribute("aria-valuetext")).toBe(text);
    await page.locator("#matrix").focus();
    await page.keyboard.press("ArrowRight");
    expect(await page.locator("figure:has(#matrix) output").textContent()).toMatch(
      /^class \d+ taken for class \d+: \d+ of/,
    );
    expect(errors).toEqual([]);
    await page.close();
  });

  it("shows the values under the pointer", async () => {
    const { page } = await open(url());
    const box = (await page.locator("#chart-loss").boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.95, box.y + box.height / 2);
    expect(await page.locator("figure:has(#chart-loss) output").textContent()).toMatch(/^epoch 2: training /);
    await page.close();
  });

  it("sorts its classes by any column", async () => {
    const { page } = await open(url());
    const head = page.locator("#classes-table th[scope=col]").last();
    const column = () =>
      page
        .locator("#classes-table tbody tr td:last-child")
        .evaluateAll((cells) => cells.map((cell) => cell.textContent!));
    await head.locator("button").click();
    expect(await head.getAttribute("aria-sort")).toBe("ascending");
    const known = (await column()).filter((text) => text !== "–").map(Number.parseFloat);
    expect(known).toEqual([...known].sort((a, b) => a - b));
    await head.locator("button").click();
    expect(await head.getAttribute("aria-sort")).toBe("descending");
    await page.close();
  });

  it("can be read without JavaScript, and printed", async () => {
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(url());
    await page.locator("#history summary").click();
    expect(await page.locator("#history tbody tr").count()).toBe(2);
    expect(await page.locator("#chart-loss").getAttribute("aria-label")).toMatch(/^Loss over 2 epochs: training from/);
    expect((await page.pdf()).subarray(0, 4).toString()).toBe("%PDF");
    await context.close();
  });

  it("has landmarks, captions, and a name for whatever takes the focus", async () => {
    const { page } = await open(url());
    for (const landmark of ["header", "nav", "main", "footer"]) expect(await page.locator(landmark).count()).toBe(1);
    expect(await page.locator("h1").count()).toBe(1);
    expect(await page.locator("table:not(:has(caption))").count()).toBe(0);
    expect(
      await page.locator("img:not([alt]), svg[role]:not([aria-label]), section:not([aria-labelledby])").count(),
    ).toBe(0);
    await page.close();
  });

  it("follows a run that is trained, in place, and ends by Ctrl-C", async () => {
    const child = start(["watch", "runs/first", "--no-evaluate", "--json"]);
    const address = await new Promise<string>((done) => {
      child.stdout!.once("data", (text) => done(JSON.parse(text).url));
    });
    const { page, errors } = await open(address, { viewport: { width: 800, height: 500 } });
    await page.locator("#connection").getByText("Live.").waitFor();
    await page.locator("#history summary").click();
    await page.locator("#history summary").focus();
    await page.evaluate(() => window.scrollTo(0, 300));
    const file = join(folder, "runs/first/history.jsonl");
    const [line] = readFileSync(file, "utf8").split("\n");
    appendFileSync(file, `${JSON.stringify({ ...JSON.parse(line!), epoch: 3 })}\n`);
    await page.locator("#history tbody tr").nth(2).waitFor();
    expect(await page.evaluate(() => [window.scrollY, document.querySelector("details")!.open])).toEqual([300, true]);
    await page.locator("#chart-loss").focus();
    await page.keyboard.press("End");
    expect(await page.locator("figure:has(#chart-loss) output").textContent()).toMatch(/^epoch 3: /);
    expect(errors).toEqual([]);
    await page.close();
    const ended = new Promise((done) => child.on("close", done));
    child.kill("SIGINT");
    expect(await ended).toBe(0);
  });
});

/** Texts whose contrast with what is behind them is below 4.5 to 1 (WCAG 2.2, 1.4.3). */
function poorContrasts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const channels = (color: string) => color.match(/[\d.]+/g)!.map(Number);
    const luminance = (color: string) => {
      const [r, g, b] = channels(color).map((value) => {
        const share = value / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
    };
    const paper = luminance(getComputedStyle(document.body).backgroundColor);
    const poor: string[] = [];
    for (const element of Array.from(document.querySelectorAll("body *"))) {
      const own = Array.from(element.childNodes).some((node) => node.nodeType === 3 && node.textContent!.trim() !== "");
      if (!own || element.closest("script")) continue;
      const style = getComputedStyle(element);
      const ink = luminance(element instanceof SVGElement ? style.fill : style.color);
      const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
      if (contrast < 4.5)
        poor.push(`${element.tagName} "${element.textContent!.trim().slice(0, 30)}" ${contrast.toFixed(2)}`);
    }
    return poor;
  });
}
