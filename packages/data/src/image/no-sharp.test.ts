// What happens where sharp does not load.
import { describe, expect, it, vi } from "vitest";
import { goldens } from "../../fixtures/image-goldens.ts";
import { imageCodecs, jpegCodec } from "./codec.ts";
import { decodeImage } from "./decode-image.ts";

vi.mock("sharp", () => {
  throw new Error("no binary for this platform");
});

describe("without sharp", () => {
  const file = new Uint8Array(Buffer.from(goldens.decoded.find(({ name }) => name === "jpeg grey")!.file, "base64"));

  it("auto takes WebAssembly, which encodes by jpeg-js", async () => {
    expect(await jpegCodec("auto")).toMatchObject({ library: "@jsquash/jpeg", encoder: "jpeg-js" });
    const { height, width, pixels } = await decodeImage(file);
    expect(pixels.length).toBe(height * width * 3);
  });

  it("says why", async () => {
    const [sharp] = await imageCodecs();
    expect(sharp!.missing).toMatch(/^it does not load here: /);
    await expect(decodeImage(file, { codec: "sharp" })).rejects.toThrow(/^decodeImage: codec sharp: it does not load/);
  });
});
