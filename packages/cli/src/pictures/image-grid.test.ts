import { decode } from "fast-png";
import { describe, expect, it } from "vitest";
import { type GridImage, imageGridSvg } from "./image-grid.ts";
import { toPng } from "./png.ts";

function image(seed: number, title: string, { channels = 3, height = 8, width = 8, ...rest } = {}): GridImage {
  const pixels = Uint8Array.from({ length: height * width * channels }, (_, i) => (i * 37 + seed * 101) % 256);
  return { pixels, height, width, title, ...rest };
}

const NAMES = ["aquarium_fish", "pickup_truck", "mmmmmmmm", "large_man-made_outdoor_things", "sea"];

const predictions = Array.from({ length: 10 }, (_, i): GridImage => {
  const [truth, guess] = [NAMES[i % 5]!, NAMES[(i * 2) % 5]!];
  return { ...image(i, `True: ${truth}\nPred: ${guess}`), tint: truth === guess ? "right" : "wrong" };
});

function titles(svg: string): string[] {
  return [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text]) => text!);
}

/** Where the SVG puts each image. */
function places(svg: string) {
  const found = svg.matchAll(/translate\((\d+) (\d+)\).*?<image x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)"/g);
  return [...found].map(([, ...numbers]) => {
    const [left, top, x, y, width, height] = numbers.map(Number);
    return { x: left! + x!, y: top! + y!, width: width!, height: height! };
  });
}

/** Red, green and blue of a pixel. */
function reader(png: Uint8Array) {
  const { data, width, height, channels } = decode(png);
  const at = (x: number, y: number) => [...data.subarray((y * width + x) * channels).subarray(0, 3)];
  return { at, width, height };
}

/** The corners and the middle of each square of an enlarged pixel. */
function expectSquares(png: Uint8Array, svg: string, images: readonly GridImage[], scale: number): void {
  const { at } = reader(png);
  for (const [i, { x, y }] of places(svg).entries()) {
    const { pixels, height, width } = images[i]!;
    const channels = pixels.length / (height * width);
    for (let place = 0; place < height * width; place++) {
      const [row, column] = [Math.floor(place / width), place % width];
      const value = [0, 1, 2].map((channel) => pixels[place * channels + (channels === 3 ? channel : 0)]!);
      for (const [dx, dy] of [
        [0, 0],
        [scale - 1, 0],
        [0, scale - 1],
        [scale - 1, scale - 1],
        [scale >> 1, scale >> 1],
      ])
        expect(at(x + column * scale + dx!, y + row * scale + dy!), `image ${i}, pixel ${place}`).toEqual(value);
    }
  }
}

describe("imageGridSvg", () => {
  it("titles every image, in order", () => {
    const svg = imageGridSvg(predictions, { columns: 5, scale: 4 });
    expect(titles(svg)).toEqual(predictions.flatMap(({ title }) => title.split("\n")));
    const at = places(svg);
    expect(at).toHaveLength(10);
    expect(new Set(at.slice(0, 5).map(({ y }) => y)).size).toBe(1);
    expect(at[5]!.x).toBe(at[0]!.x);
    expect(at[5]!.y).toBeGreaterThan(at[0]!.y + at[0]!.height);
  });

  it("draws each pixel as a square of its own colour", () => {
    const svg = imageGridSvg(predictions, { columns: 3, scale: 5 });
    expectSquares(toPng(svg), svg, predictions, 5);
  });

  it("takes grey images, and images of several sizes", () => {
    const images = [image(1, "a", { channels: 1 }), image(2, "b", { height: 5, width: 11 }), image(3, "c")];
    const svg = imageGridSvg(images, { columns: 3, scale: 2 });
    expectSquares(toPng(svg), svg, images, 2);
  });

  it("keeps titles legible, in their cells and off the images", () => {
    const svg = imageGridSvg(predictions, { columns: 5, scale: 4 });
    const { at, width } = reader(toPng(svg));
    const [first, second] = places(svg);
    const pitch = second!.x - first!.x;
    for (const { x, y, width: wide } of places(svg)) {
      const left = x - Math.floor((pitch - 14 - wide) / 2);
      const dark = (fromX: number, toX: number, fromY: number, toY: number) => {
        let count = 0;
        for (let row = fromY; row < toY; row++)
          for (let column = fromX; column < toX; column++) if (Math.min(...at(column, row)) < 128) count++;
        return count;
      };
      // Two lines of 17 pixels, each with ink; none in the gaps beside the cell, nor just above the image.
      expect(dark(left, left + pitch - 14, y - 34, y - 17)).toBeGreaterThan(50);
      expect(dark(left, left + pitch - 14, y - 17, y)).toBeGreaterThan(50);
      expect(dark(left - 14, left, y - 34, y)).toBe(0);
      expect(dark(left + pitch - 14, Math.min(left + pitch, width), y - 34, y)).toBe(0);
      expect(dark(left, left + pitch - 14, y - 1, y)).toBe(0);
    }
  });

  it("colours the last line of a title", () => {
    const images = ["right", "wrong", undefined].map((tint) => ({
      ...image(0, "True: a\nPred: b"),
      ...(tint && { tint }),
    }));
    const svg = imageGridSvg(images as GridImage[], { columns: 3, scale: 1 });
    expect([...svg.matchAll(/(?:fill="(#\w+)")?>(True|Pred): /g)].map(([, fill, word]) => `${word} ${fill}`)).toEqual([
      ...["True undefined", "Pred #1a7f37", "True undefined", "Pred #c5221f", "True undefined", "Pred undefined"],
    ]);
  });

  it.each([1, 2, 7, 100])("draws %i images", (count) => {
    const images = Array.from({ length: count }, (_, i) => image(i, `class ${i}`));
    const svg = imageGridSvg(images, { columns: 10, scale: 3 });
    const { width, height } = reader(toPng(svg));
    expect(places(svg)).toHaveLength(count);
    for (const place of places(svg)) {
      expect(place.x + place.width).toBeLessThan(width);
      expect(place.y + place.height).toBeLessThan(height);
    }
  });

  it("escapes and shortens titles", () => {
    const svg = imageGridSvg([image(0, 'a <b> & "c"'), image(0, "x".repeat(60))], { columns: 2, scale: 1 });
    expect(titles(svg)).toEqual(["a &lt;b&gt; &amp; &quot;c&quot;", `${"x".repeat(39)}…`]);
    expect(() => toPng(svg)).not.toThrow();
  });

  it("names what it cannot draw", () => {
    const good = image(0, "a");
    const draw = (images: readonly GridImage[], columns = 1, scale = 1) => imageGridSvg(images, { columns, scale });
    expect(() => draw([])).toThrow("images: expected at least one, got none");
    expect(() => draw([good, { ...good, width: 9 }])).toThrow(
      "images[1]: expected 72 or 216 pixel values for 8 × 9, got 192",
    );
    expect(() => draw([good], 0)).toThrow("columns: expected an integer ≥ 1, got 0");
    expect(() => draw([good], 1, 1.5)).toThrow("scale: expected an integer ≥ 1, got 1.5");
  });
});
