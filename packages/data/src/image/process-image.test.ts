import { describe, expect, it } from "vitest";
import { crop } from "./crop.ts";
import { encodeJpeg } from "./encode-jpeg.ts";
import { centerCrop, processImage, scaleShortestSide } from "./process-image.ts";
import { resizeBilinear } from "./resize-bilinear.ts";
import type { RgbImage } from "./rgb-image.ts";

/** Every pixel another one. */
function ramp(height: number, width: number): RgbImage {
  const pixels = Uint8Array.from({ length: height * width * 3 }, (_, i) => Math.imul(i, 2654435761) >>> 24);
  return { pixels, height, width };
}

describe("a window of a resized image", () => {
  it.each([
    [[30, 41], [17, 60], { top: 3, left: 11, height: 9, width: 33 }],
    [[30, 41], [60, 17], { top: 0, left: 16, height: 60, width: 1 }],
    [[5, 5], [5, 5], { top: 1, left: 2, height: 3, width: 2 }],
  ] as const)("of %j to %j is that part of the whole", ([h, w], [height, width], window) => {
    const image = ramp(h, w);
    expect(resizeBilinear(image, height, width, window)).toEqual(crop(resizeBilinear(image, height, width), window));
  });

  it("must lie inside", () => {
    const outside = { top: 3, left: 0, height: 3, width: 2 };
    expect(() => resizeBilinear(ramp(4, 4), 5, 5, outside)).toThrow(
      "resizeBilinear: window: expected one inside of 5×5, got 3×2 at row 3, column 0",
    );
  });
});

describe("processImage", () => {
  it("exact: is the middle of the image whose shorter side was scaled, without a second resampling", () => {
    // 500×375 comes to 341×256: an excess of 85.
    for (const image of [ramp(375, 500), ramp(500, 375)]) {
      const scaled = scaleShortestSide(image, 256);
      expect([scaled.height, scaled.width].sort()).toEqual([256, 341]);
      expect(processImage(image, 256)).toEqual(centerCrop(scaled, 256));
    }
  });

  it("exact: keeps the proportion at every size, in whole numbers", () => {
    // In floating point (115 / 112) · 224 falls short of 230.
    expect(scaleShortestSide(ramp(112, 115), 224)).toMatchObject({ height: 224, width: 230 });
    expect(scaleShortestSide(ramp(3, 1), 224)).toMatchObject({ height: 672, width: 224 });
  });

  it("compat: an odd excess leaves 257 pixels, which are resampled", () => {
    const image = ramp(375, 500);
    const kept = resizeBilinear(image, 256, 341, { top: 0, left: 42, height: 256, width: 257 });
    expect(processImage(image, 256, "compat")).toEqual(resizeBilinear(kept, 256, 256));
  });

  it("compat: an excess of one pixel is squeezed, not cut", () => {
    const image = ramp(256, 257);
    expect(processImage(image, 256, "compat")).toEqual(resizeBilinear(image, 256, 256));
  });

  it("compat: the longer side comes to ratio · 256 whatever the size", () => {
    // 100×150 at 224: 384 wide, 80 off on both sides.
    const image = ramp(100, 150);
    const expected = resizeBilinear(image, 224, 384, { top: 0, left: 80, height: 224, width: 224 });
    expect(processImage(image, 224, "compat")).toEqual(expected);
  });

  it("compat: names the images of which it leaves nothing", () => {
    expect(() => processImage(ramp(11, 10), 300, "compat")).toThrow(
      "processImage: the compat geometry leaves nothing of an image of 11×10 at size 300",
    );
    expect(processImage(ramp(11, 10), 300)).toMatchObject({ height: 300, width: 300 });
  });

  it("takes the thinnest images", () => {
    for (const geometry of ["exact", "compat"] as const) {
      expect(processImage(ramp(1, 4000), 16, geometry)).toMatchObject({ height: 16, width: 16 });
    }
  });

  it("refuses sizes that are none, and crops that are larger than the image", () => {
    expect(() => processImage(ramp(4, 4), 0)).toThrow("processImage: size: expected an integer ≥ 1, got 0");
    expect(() => centerCrop(ramp(4, 9), 5)).toThrow("crop: window: expected one inside of 4×9, got 5×5");
  });
});

describe("encodeJpeg", () => {
  it("refuses qualities and images that cannot be", async () => {
    await expect(encodeJpeg(ramp(4, 4), 0)).rejects.toThrow("encodeJpeg: quality: expected an integer from 1 to 100");
    await expect(encodeJpeg({ ...ramp(4, 4), height: 5 })).rejects.toThrow("expected 5×4×3 values, got 48");
  });

  it("writes files that say what they are, by jpeg-js too", async () => {
    for (const codec of ["auto", "js"] as const) {
      const file = await encodeJpeg(ramp(16, 24), 90, { codec });
      expect([...file.subarray(0, 4), ...file.subarray(6, 10)]).toEqual([
        0xff, 0xd8, 0xff, 0xe0, 0x4a, 0x46, 0x49, 0x46,
      ]);
    }
  });
});
