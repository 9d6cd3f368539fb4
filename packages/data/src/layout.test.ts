import fc from "fast-check";
import { expect, it } from "vitest";
import { nchwToNhwc, nchwToNhwcInPlace, nhwcToNchw } from "./layout.ts";

it("puts the channels of a pixel together", () => {
  expect(nchwToNhwc(Uint8Array.of(1, 2, 3, 4, 5, 6), [1, 3, 1, 2])).toEqual(Uint8Array.of(1, 3, 5, 2, 4, 6));
  expect(nhwcToNchw(Uint8Array.of(1, 3, 5, 2, 4, 6), [1, 1, 2, 3])).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6));
});

it("goes there and back for any number of channels", () => {
  const size = fc.nat(4);
  fc.assert(
    fc.property(size, size, size, size, (n, c, h, w) => {
      const images = Uint8Array.from({ length: n * c * h * w }, (_, i) => i);
      const inPlace = images.slice();
      nchwToNhwcInPlace(inPlace, [n, c, h, w]);
      expect(inPlace).toEqual(nchwToNhwc(images, [n, c, h, w]));
      expect(nhwcToNchw(nchwToNhwc(images, [n, c, h, w]), [n, h, w, c])).toEqual(images);
    }),
  );
});
