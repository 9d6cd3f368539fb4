import { decode } from "fast-png";
import { expect, it } from "vitest";
import { toPng } from "./png.ts";

const svg = (inside: string) => `<svg xmlns="http://www.w3.org/2000/svg" width="200" height="40">${inside}</svg>`;
const text = (family: string) => svg(`<text x="10" y="28" font-size="20" font-family="${family}">sealion</text>`);

/** Pixels darker than half. */
function ink(png: Uint8Array): number {
  const { data, channels } = decode(png);
  return data.filter((value, i) => i % channels === 0 && value < 128).length;
}

it("draws on white, in the size that the SVG says or in the width asked for", () => {
  const image = decode(toPng(svg('<rect x="100" width="100" height="40" fill="#102030"/>')));
  expect([image.width, image.height]).toEqual([200, 40]);
  expect([...image.data.subarray(0, 4)]).toEqual([255, 255, 255, 255]);
  expect([...image.data.subarray(4 * 150, 4 * 151)]).toEqual([0x10, 0x20, 0x30, 255]);
  const large = decode(toPng(svg(""), { width: 500 }));
  expect([large.width, large.height]).toEqual([500, 100]);
});

it("sets text in the bundled font, whatever the machine has", () => {
  const bundled = toPng(text("DejaVu Sans"));
  expect(ink(bundled)).toBeGreaterThan(200);
  for (const family of ["serif", "DejaVu Serif", "DejaVu Sans Mono", "Liberation Mono", "Noto Mono", "Arial"])
    expect(toPng(text(family)), family).toEqual(bundled);
});

it("refuses what is no SVG", () => expect(() => toPng("no picture")).toThrow(/SVG/));
