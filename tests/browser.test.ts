/** @file The published engine in a browser: WebGPU, threads in an isolated page, and one worker in any other. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DeviceChoice } from "@tessera/tensor";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pack } from "../scripts/pack.mjs";
import { root } from "./architecture/sources.ts";
import { bundlePage } from "./browser/bundle.ts";
import { chromiumPath, launchChromium, warnWithoutChromium } from "./browser/chromium.ts";
import { type PageServer, serve } from "./browser/serve.ts";
import { mistakes, type PageSuite } from "./browser/suite.ts";

warnWithoutChromium("the engine in a browser");

/** WebGPU on the software adapter that Chromium brings. */
const args = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

/** The suite that the page's program leaves in its window. */
declare global {
  var suite: PageSuite | undefined;
}

describe.skipIf(!chromiumPath)("in a browser", () => {
  const folder = mkdtempSync(join(tmpdir(), "tessera-browser-"));
  const servers: PageServer[] = [];
  let browser: Browser;

  beforeAll(async () => {
    const archive = pack(join(root, "packages", "tensor"), folder);
    execFileSync("tar", ["-xzf", archive, "-C", folder]);
    browser = await launchChromium(args);
    console.info(`browser: Chromium ${browser.version()}`);
  });

  afterAll(async () => {
    await browser?.close();
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A page with the program loaded, and what went wrong in it that nobody caught. */
  async function openPage(
    engine: "beside" | "inside",
    site: { readonly isolated: boolean; readonly workers?: string },
  ): Promise<{ page: Page; errors: string[] }> {
    const published = join(folder, "package");
    const server = await serve({ folder: published, program: await bundlePage(engine, published), ...site });
    servers.push(server);
    const page = await browser.newPage();
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    await page.goto(server.url);
    await page.waitForFunction(() => globalThis.suite);
    return { page, errors };
  }

  const kinds = [
    {
      name: "WebGPU",
      choice: "webgpu",
      isolated: false,
      engine: "beside",
      workers: 0,
      device: /^webgpu: .*swiftshader.*\(software\)$/i,
    },
    {
      name: "threads",
      choice: "cpu",
      isolated: true,
      engine: "beside",
      workers: null,
      device: /^cpu: \d+ threads?, WebAssembly relaxed SIMD$/,
    },
    {
      name: "one worker",
      choice: "cpu",
      isolated: false,
      engine: "inside",
      workers: 1,
      device: /^cpu: 1 thread, WebAssembly relaxed SIMD, no shared memory$/,
    },
  ] as const;

  it.each(kinds)("$name", async ({ name, choice, isolated, engine, workers, device }) => {
    const { page, errors } = await openPage(engine, { isolated });
    const automatic = await page.evaluate(() => globalThis.suite!.automatic());
    expect(automatic).toMatch(/^cpu: /); // a software GPU has to be asked for
    await expect.poll(() => page.workers().length, { timeout: 10_000 }).toBe(0);

    const description = await page.evaluate((kind: DeviceChoice) => globalThis.suite!.open(kind), choice);
    expect(description).toMatch(device);
    expect(page.workers()).toHaveLength(workers ?? (await page.evaluate(() => navigator.hardwareConcurrency)));
    const report = await page.evaluate(() => globalThis.suite!.report());
    const { cases, losses } = report;
    console.info(
      `browser (${report.isolated ? "isolated" : "plain"} page): ${report.description}: ${cases.forward} cases forward, ` +
        `${cases.backward} backward, ${cases.failures.length} failed, ${cases.seconds.toFixed(1)} s`,
    );
    expect(report.isolated).toBe(isolated);
    expect(cases.failures).toEqual([]);
    expect(cases.forward).toBeGreaterThan(40);
    expect(cases.backward).toBeGreaterThan(30);
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 2);
    expect(report.mistakes).toEqual(await mistakes(choice, { sharedMemory: name === "threads" }));

    await page.evaluate(() => globalThis.suite!.close());
    await expect.poll(() => page.workers().length, { timeout: 10_000 }).toBe(0);
    expect(errors).toEqual([]);
    await page.close();
  });

  it("says what a content security policy has to allow that does not allow workers", async () => {
    const { page } = await openPage("beside", { isolated: false, workers: "'none'" });
    await expect(page.evaluate(() => globalThis.suite!.open("cpu"))).rejects.toThrow(
      /DeviceError: cpu: a worker thread did not start\n.*Content-Security-Policy has to allow .*worker-src blob:/,
    );
    await page.close();
  });
});
