// Whole folders of photographs beside OpenCV: what it decoded, scaled, cropped and encoded is frozen in
// goldens/imagenet.json as hashes.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { dataFolder, imagenetGoldens as goldens } from "../../fixtures/imagenet-goldens.ts";
import { type CodecChoice, jpegCodec } from "./codec.ts";
import { decodeImage } from "./decode-image.ts";
import { encodeJpeg } from "./encode-jpeg.ts";
import { ImageError } from "./errors.ts";
import { processImage } from "./process-image.ts";

const hasSharp = typeof (await jpegCodec("sharp")) !== "string";
if (!hasSharp) console.warn("SKIPPED: photographs by sharp: it is not installed");

const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex").slice(0, 16);
const withoutJfif = (file: Uint8Array) => Buffer.concat([file.subarray(0, 2), file.subarray(20)]);
const decode = (name: string, codec: CodecChoice) =>
  decodeImage(new Uint8Array(readFileSync(join(dataFolder, name))), { source: name, codec, truncated: "decode" });

/** What {@link goldens} has of one image, as this package makes it. */
async function made(name: string, codec: CodecChoice) {
  const image = await decode(name, codec);
  const small = processImage(image, 256, "compat");
  const file = await encodeJpeg(small, 90, { codec });
  const at224 = digest(processImage(image, 224, "compat").pixels);
  return [image.height, image.width, digest(image.pixels), digest(small.pixels), at224, digest(withoutJfif(file))];
}

const folders = [...new Set(Object.keys(goldens.images).map((name) => name.split("/")[0]!))];

describe.each(folders)("%s", (folder) => {
  const absent = !existsSync(join(dataFolder, folder));
  if (absent) console.warn(`SKIPPED: ${folder}: not in ${dataFolder}; point TESSERA_DATA to the folder that has it`);
  const entries = Object.entries(goldens.images).filter(([name]) => name.startsWith(`${folder}/`));

  it.skipIf(absent || !hasSharp)("has OpenCV's bits: decoded, cropped, and encoded again", async () => {
    const different: unknown[] = [];
    for (const [name, expected] of entries.filter(([, entry]) => entry !== null)) {
      const got = await made(name, "sharp");
      if (JSON.stringify(got) !== JSON.stringify(expected)) different.push({ name, got, expected });
    }
    expect(different).toEqual([]);
    expect(entries.length).toBeGreaterThan(20);
  });

  it.skipIf(absent)("has OpenCV's bits when WebAssembly decodes, CMYK apart", async () => {
    const different: string[] = [];
    // One in ten: this one is several times slower.
    const some = entries.filter(([, entry], i) => entry !== null && (folder === "awkward" || i % 10 === 0));
    for (const [name, expected] of some) {
      if (digest((await decode(name, "wasm")).pixels) !== expected![2]) different.push(name);
    }
    expect(different).toEqual(folder === "awkward" ? cmyk : []);
  });

  const refused = entries.filter(([, entry]) => entry === null).map(([name]) => name);
  it.skipIf(absent || refused.length === 0)("names what OpenCV does not decode either", async () => {
    for (const name of refused) {
      const error = await decode(name, "auto").catch((caught: unknown) => caught as Error);
      expect(error).toBeInstanceOf(ImageError);
      expect((error as Error).message.startsWith(`${name}: `)).toBe(true);
    }
  });
});

/** jpeg-js decodes these where sharp is not there: libjpeg's WebAssembly build has no conversion of CMYK. */
const cmyk = ["n01739381/n01739381_1309.JPEG", "n02077923/n02077923_14822.JPEG", "pil_sample_cmyk.jpg"].map(
  (name) => `awkward/${name}`,
);
