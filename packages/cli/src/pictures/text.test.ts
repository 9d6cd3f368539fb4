import { createRequire } from "node:module";
import { Resvg } from "@resvg/resvg-js";
import { expect, it } from "vitest";
import { escapeXml, shorten, textWidth } from "./text.ts";

/** Width of the ink, as resvg sets it in the bundled font. */
function inkWidth(text: string, size: number): number {
  const fontFiles = [createRequire(import.meta.url).resolve("dejavu-fonts-ttf/ttf/DejaVuSans.ttf")];
  const line = `<text x="0" y="${size}" font-family="DejaVu Sans" font-size="${size}">${escapeXml(text)}</text>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="10000" height="${2 * size}">${line}</svg>`;
  return new Resvg(svg, { font: { loadSystemFonts: false, fontFiles } }).innerBBox()!.width;
}

it("bounds the width of every printable ASCII character, and not by much more than a half", () => {
  for (let code = 0x21; code < 0x7f; code++) {
    const text = String.fromCharCode(code).repeat(40);
    const width = inkWidth(text, 100);
    expect(textWidth(text, 100), text).toBeGreaterThanOrEqual(width);
    expect(textWidth(text, 100), text).toBeLessThan(1.75 * width);
  }
});

it("bounds the width of titles", () => {
  for (const title of ["True: large_man-made_outdoor_things", "Pred: Wappen, 'mm' & WW", "éàü"])
    expect(textWidth(title, 13), title).toBeGreaterThanOrEqual(inkWidth(title, 13));
});

it("shortens by characters, not by halves of them", () => {
  expect(shorten("seal", 4)).toBe("seal");
  expect(shorten("shark", 4)).toBe("sha…");
  expect(shorten("🦈🦈🦈🦈🦈", 4)).toBe("🦈🦈🦈…");
});

it("escapes what XML would read as its own, or not at all", () => {
  expect(escapeXml('<a b="c">&\u0000\n')).toBe("&lt;a b=&quot;c&quot;&gt;&amp;\ufffd\ufffd");
});
