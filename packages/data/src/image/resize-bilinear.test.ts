import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { goldens } from "../../fixtures/image-goldens.ts";
import { ArgumentError } from "../errors.ts";
import { resizeBilinear } from "./resize-bilinear.ts";

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
