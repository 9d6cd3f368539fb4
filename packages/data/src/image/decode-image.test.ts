// Decoding beside OpenCV: small images frozen in goldens/images.json, and the shared folder of awkward files.
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { encode } from "fast-png";
import { describe, expect, it } from "vitest";
import { goldens } from "../../fixtures/image-goldens.ts";
import { dataFolder } from "../../fixtures/imagenet-goldens.ts";
import { type CodecChoice, imageCodecs, jpegCodec } from "./codec.ts";
import { type DecodeOptions, decodeImage } from "./decode-image.ts";
import { ImageError } from "./errors.ts";

const codecs: readonly CodecChoice[] = ["sharp", "wasm", "js"];
const hasSharp = typeof (await jpegCodec("sharp")) !== "string";
if (!hasSharp) console.warn("SKIPPED: JPEG by sharp: it is not installed");

const fromBase64 = (text: string) => new Uint8Array(Buffer.from(text, "base64"));
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** Mean of the absolute differences. */
function meanDifference(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
}

describe("has OpenCV's bits", () => {
  const exact = goldens.decoded.filter(({ name }) => hasSharp || name.startsWith("png"));

  it.each(exact)("of $name", async ({ file, shape, pixels }) => {
    const image = await decodeImage(fromBase64(file));
    expect([image.height, image.width, 3]).toEqual(shape);
    expect(Buffer.from(image.pixels).toString("base64")).toBe(pixels);
  });
});

describe("jpeg-js comes near OpenCV", () => {
  const luma = (pixels: Uint8Array) =>
    Uint8Array.from({ length: pixels.length / 3 }, (_, i) =>
      Math.round(0.299 * pixels[3 * i]! + 0.587 * pixels[3 * i + 1]! + 0.114 * pixels[3 * i + 2]!),
    );

  it.each(goldens.decoded.filter(({ name }) => name.startsWith("jpeg")))("for $name", async (golden) => {
    const { pixels, height, width } = await decodeImage(fromBase64(golden.file), { codec: "js" });
    const expected = fromBase64(golden.pixels);
    expect([height, width, 3]).toEqual(golden.shape);
    // Where chroma is stored at less than full resolution, jpeg-js repeats its samples and libjpeg blends them, so that
    // colours differ at edges; luma does not, but where a colour was cut at 0 or 255.
    const subsampled = /4:2|progressive/.test(golden.name);
    const difference = subsampled ? meanDifference(luma(pixels), luma(expected)) : meanDifference(pixels, expected);
    expect(difference).toBeLessThan(1);
  });
});

describe("PNG", () => {
  it.each([8, 16] as const)("interlaced, of %i bits", async (depth) => {
    const [height, width] = [11, 13];
    const values = Array.from({ length: height * width * 3 }, (_, i) => (i * 40503) & 0xffff);
    const data = depth === 16 ? Uint16Array.from(values) : Uint8Array.from(values, (value) => value >> 8);
    const file = encode({ data, height, width, channels: 3, depth }, { interlace: "Adam7" });
    expect(await decodeImage(file)).toEqual({ pixels: Uint8Array.from(values, (value) => value >> 8), height, width });
  });

  it("with a flipped byte is found damaged by its CRC", async () => {
    const file = fromBase64(goldens.decoded.find(({ name }) => name === "png rgb")!.file);
    file[60]! ^= 1;
    await expect(decodeImage(file, { source: "a.png" })).rejects.toThrow(/^a\.png: cannot decode this PNG.*CRC/i);
  });
});

describe("what cannot be decoded is named in one line", () => {
  const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
  const jpeg = fromBase64(goldens.decoded[0]!.file);
  const png = fromBase64(goldens.decoded.find(({ name }) => name === "png rgb")!.file);

  it.each([
    ["nothing", bytes(""), "a.jpg: expected a PNG or JPEG image, found an empty file"],
    ["text", bytes("not an image\n"), 'a.jpg: expected a PNG or JPEG image, found text ("not an image\\n")'],
    ["a GIF", bytes("GIF89a\0\0"), "a.jpg: expected a PNG or JPEG image, found a GIF image"],
    ["WebP", bytes("RIFF\0\0\0\0WEBPVP8 "), "a.jpg: expected a PNG or JPEG image, found a WebP image"],
    ["cut gzip", bytes("\x1f\x8b\x08\0"), "a.jpg: cannot unpack this gzip file: "],
    [
      "gzip of text",
      gzipSync("no image"),
      'a.jpg: expected a PNG or JPEG image, found a gzip archive of text ("no image")',
    ],
    ["noise", bytes("\x00\x01\xfe\xff"), "found something that begins with bytes 00 01 fe ff"],
    ["a JPEG's first bytes", jpeg.slice(0, 30), "a.jpg: cannot decode this JPEG: it ends before its size is told"],
    ["a PNG's first bytes", png.slice(0, 20), "a.jpg: cannot decode this PNG: it ends before its size is told"],
    ["half a PNG", png.slice(0, png.length >> 1), "a.jpg: cannot decode this PNG, it may be damaged or cut short: "],
  ])("%s", async (_, file, message) => {
    const error = await decodeImage(file, { source: "a.jpg" }).catch((caught: unknown) => caught as Error);
    expect(error).toBeInstanceOf(ImageError);
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).not.toContain("\n");
  });

  it.each(codecs)("half a JPEG (%s)", async (codec) => {
    if (codec === "sharp" && !hasSharp) return;
    const half = decodeImage(jpeg.slice(0, jpeg.length - 40), { source: "a.jpg", codec });
    await expect(half).rejects.toThrow(/^a\.jpg: cannot decode this JPEG, it may be damaged or cut short: .+$/);
  });

  it("a PNG that claims to be huge", async () => {
    const huge = png.slice();
    new DataView(huge.buffer).setUint32(16, 2 ** 30);
    await expect(decodeImage(huge)).rejects.toThrow("image: this PNG claims to have 14×1073741824 pixels, more than");
  });

  it("a codec that there is not", async () => {
    const options = { codec: "gpu" as CodecChoice };
    await expect(decodeImage(jpeg, options)).rejects.toThrow('codec: expected auto, sharp, wasm or js, got "gpu"');
  });
});

describe("options", () => {
  const golden = (name: string) => goldens.decoded.find((each) => each.name === name)!;
  const turned = fromBase64(golden("jpeg exif 6").file);
  const jpeg = fromBase64(goldens.decoded[0]!.file);

  it("exifRotate: false leaves an image as it is stored", async () => {
    const [height, width] = golden("jpeg exif 6").shape;
    expect(await decodeImage(turned)).toMatchObject({ height, width });
    expect(await decodeImage(turned, { exifRotate: false })).toMatchObject({ height: width, width: height });
  });

  it("what gzip wraps is the same image", async () => {
    expect(await decodeImage(gzipSync(jpeg))).toEqual(await decodeImage(jpeg));
  });

  it("maxPixels is held against the header", async () => {
    await expect(decodeImage(jpeg, { maxPixels: 293 })).rejects.toThrow("14×21 pixels, more than the limit of 293");
    await expect(decodeImage(jpeg, { maxPixels: 294 })).resolves.toMatchObject({ height: 14 });
  });

  it("a header of 65535×65535 takes no memory", async () => {
    const huge = jpeg.slice();
    const frame = huge.findIndex((byte, i) => byte === 0xff && (huge[i + 1] === 0xc0 || huge[i + 1] === 0xc2));
    huge.fill(0xff, frame + 5, frame + 9);
    const before = process.memoryUsage().rss;
    await expect(decodeImage(huge)).rejects.toThrow("this JPEG claims to have 65535×65535 pixels, more than the limit");
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 27);
  });

  it.skipIf(!hasSharp).each(["sharp", "wasm"] as const)("truncated: decode warns (%s)", async (codec) => {
    const warnings: string[] = [];
    const options = { source: "a.jpg", codec, truncated: "decode", onWarning: (line: string) => warnings.push(line) };
    const image = await decodeImage(jpeg.slice(0, jpeg.length - 40), options as DecodeOptions);
    expect(image).toMatchObject({ height: 14, width: 21 });
    expect(warnings).toEqual([
      expect.stringMatching(/^a\.jpg: this JPEG ends too soon, what is missing is grey: .*premature end of/i),
    ]);
    await expect(decodeImage(jpeg, options as DecodeOptions)).resolves.toBeDefined();
    expect(warnings).toHaveLength(1);
  });
});

it("imageCodecs lists the codecs, best first", async () => {
  const [sharp, ...rest] = await imageCodecs();
  expect(sharp).toMatchObject({ format: "JPEG", library: "sharp" });
  expect(sharp!.missing === undefined).toBe(hasSharp);
  expect(sharp!.version !== undefined).toBe(hasSharp);
  expect(rest).toEqual([
    { format: "JPEG", library: "@jsquash/jpeg" },
    { format: "JPEG", library: "jpeg-js" },
    { format: "PNG", library: "fast-png" },
  ]);
});

const folder = join(dataFolder, "awkward");
const absent = !existsSync(folder);
if (absent) console.warn(`SKIPPED: awkward images: no ${folder}; point TESSERA_DATA to the folder that has it`);

describe.skipIf(absent)("awkward files", () => {
  const read = (path: string) => new Uint8Array(readFileSync(join(folder, path)));

  it.skipIf(!hasSharp).each(goldens.shared)("have OpenCV's bits: $path", async ({ path, shape, sha256: expected }) => {
    const { pixels, height, width } = await decodeImage(read(path), { source: path });
    expect([height, width, 3]).toEqual(shape);
    expect(sha256(pixels)).toBe(expected);
  });

  it.skipIf(!hasSharp).each(goldens.shared)("look alike by every codec: $path", async ({ path }) => {
    const [best, ...others] = await Promise.all(
      codecs.map((codec) => decodeImage(read(path), { source: path, codec })),
    );
    for (const other of others) expect(meanDifference(best!.pixels, other.pixels)).toBeLessThan(5);
  });

  const damaged = absent ? [] : readdirSync(join(folder, "broken")).map((name) => `broken/${name}`);
  const broken = [...damaged, "truncated_jpeg.jpg", "broken_data_stream.png"];

  it.each(broken.flatMap((path) => codecs.map((codec) => [path, codec] as const)))(
    "are named: %s (%s)",
    async (path, codec) => {
      if (codec === "sharp" && !hasSharp) return;
      const error = await decodeImage(read(path), { source: path, codec }).catch((caught: unknown) => caught as Error);
      expect(error).toBeInstanceOf(ImageError);
      expect((error as Error).message.startsWith(`${path}: `)).toBe(true);
      expect((error as Error).message).not.toContain("\n");
    },
  );
});
