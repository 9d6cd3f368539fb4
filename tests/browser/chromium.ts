/** @file The Chromium of this machine, if it has one. */
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const places = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"].map(
  (name) => `/usr/bin/${name}`,
);

/** Where it is: `CHROME_PATH` goes first. */
export const chromiumPath: string | undefined = [process.env.CHROME_PATH ?? "", ...places].find((path) =>
  existsSync(path),
);

/** Says loudly that something is not tested for want of it. */
export function warnWithoutChromium(what: string): void {
  if (chromiumPath) return;
  console.warn(`NOT TESTED: ${what}. There is no Chromium: install one, or set CHROME_PATH to it`);
}

/** Starts it without a window. */
export function launchChromium(args: readonly string[] = []): Promise<Browser> {
  // Not with the Vulkan driver that tests in Node are started with: it brings its own.
  const { LD_LIBRARY_PATH: _library, VK_DRIVER_FILES: _driver, ...env } = process.env;
  return chromium.launch({ executablePath: chromiumPath!, args: ["--no-sandbox", ...args], env });
}
