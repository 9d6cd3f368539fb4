import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { goldens } from "../../fixtures/image-goldens.ts";
import { ArgumentError } from "../errors.ts";
import { resizeBilinear } from "./resize-bilinear.ts";
import { resizePlain } from "./resize-plain.ts";
import { resizeSimd } from "./resize-simd.ts";
import { columnTaps, rowTaps } from "./resize-taps.ts";

/** The source of the goldens. */
function noise(height: number, width: number) {
  const pixels = Uint8Array.from({ length: height * width * 3 }, (_, i) => Math.imul(i, 2654435761) >>> 24);
  return { pixels, height, width };
}

describe("resizeBilinear", () => {
  it.each(goldens.resized)("has OpenCV's bits from $source to $target", ({ source, target, sha256 }) => {
    const { pixels, height, width } = resizeBilinear(noise(...source), ...target);
    expect([height, width]).toEqual(target);
    expect(createHash("sha256").update(pixels).digest("hex")).toBe(sha256);
  });

  it.each([
    [
      [1, 1],
      [7, 5],
    ],
    [
      [375, 500],
      [256, 341],
    ],
    [
      [33, 7],
      [11, 260],
    ],
    [
      [260, 3],
      [1, 1],
    ],
    [
      [64, 64],
      [32, 32],
    ],
  ] as const)("comes to the same bits in SIMD and in plain JavaScript: %j to %j", ([h, w], [height, width]) => {
    const image = noise(h, w);
    const taps = [columnTaps(w, width, 0, width), rowTaps(h, height, 0, height)] as const;
    const simd = resizeSimd(image, ...taps);
    expect(simd).not.toBeNull();
    expect(Buffer.compare(simd!, resizePlain(image, ...taps))).toBe(0);
  });

  it("leaves images of many pixels to plain JavaScript", () => {
    const image = { pixels: new Uint8Array(2 ** 26), height: 1, width: 2 ** 26 / 3 };
    expect(resizeSimd(image, columnTaps(8, 4, 0, 4), rowTaps(8, 4, 0, 4))).toBeNull();
  });

  it("gives a copy where nothing changes", () => {
    const image = noise(4, 5);
    const same = resizeBilinear(image, 4, 5);
    expect(same).toEqual(image);
    expect(same.pixels).not.toBe(image.pixels);
  });

  it("refuses sizes and images that cannot be", () => {
    const image = noise(4, 5);
    expect(() => resizeBilinear(image, 0, 5)).toThrow("resizeBilinear: height: expected an integer ≥ 1, got 0");
    expect(() => resizeBilinear(image, 4, 2.5)).toThrow("resizeBilinear: width: expected an integer ≥ 1, got 2.5");
    expect(() => resizeBilinear({ ...image, height: 3 }, 2, 2)).toThrow(ArgumentError);
    expect(() => resizeBilinear({ ...image, height: 3 }, 2, 2)).toThrow("expected 3×5×3 values, got 60");
  });
});
