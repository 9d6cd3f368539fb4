import type { JpegHeader } from "./jpeg-header.ts";
import { loadJpegJs } from "./jpeg-js-codec.ts";
import type { RgbImage } from "./rgb-image.ts";
import { loadSharp } from "./sharp-codec.ts";
import { loadWasm } from "./wasm-codec.ts";

/** Something that decodes and encodes JPEG. */
export interface ImageCodec {
  readonly library: string;
  /** Its version where it tells. */
  readonly version?: string;
  /** What encodes, where that is another library. */
  readonly encoder?: string;
  /**
   * Pixels as stored, not turned; grey and CMYK become RGB.
   *
   * @param onTruncated called where the file ends too soon and what there is was decoded, as OpenCV does; without it,
   *   such a file is an error.
   * @throws whatever the library throws on damaged input
   */
  decodeJpeg(bytes: Uint8Array, header: JpegHeader, onTruncated?: (problem: string) => void): Promise<RgbImage>;
  /** Encodes as baseline JPEG with a JFIF header, at a quality from 1 to 100. */
  encodeJpeg(image: RgbImage, quality: number): Promise<Uint8Array>;
}

/**
 * Which codec decodes and encodes JPEG.
 *
 * - `sharp`: native; the same bits as OpenCV both ways.
 * - `wasm`: mozjpeg compiled to WebAssembly; the same bits as OpenCV when decoding (but for CMYK, which jpeg-js decodes);
 *   encodes by jpeg-js.
 * - `js`: jpeg-js; several times slower, and chroma is not smoothed, so that a value may be off by some tens beside
 *   sharp edges; encodes without subsampling (4:4:4), so that files are larger.
 * - `auto`: the first of these that is there.
 */
export type CodecChoice = "auto" | "sharp" | "wasm" | "js";

/** The choices, as messages list them. */
export const codecChoices: readonly CodecChoice[] = ["auto", "sharp", "wasm", "js"];

/** The codecs by choice, best first. Each gives itself, or the reason why it is not there. */
const loaders = { sharp: once(loadSharp), wasm: once(loadWasm), js: once(loadJpegJs) };

/** Calls `load` when first asked, and gives that answer ever after. */
function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => {
    loaded ??= load();
    return loaded;
  };
}

/** The codec, loaded when first asked for; the reason where it is not there. */
export async function jpegCodec(choice: CodecChoice): Promise<ImageCodec | string> {
  if (choice !== "auto") return loaders[choice]();
  for (const load of [loaders.sharp, loaders.wasm]) {
    const codec = await load();
    if (typeof codec !== "string") return codec;
  }
  return loaders.js();
}

/** A codec that could be used here, and whether it can. */
export interface CodecReport {
  readonly format: "JPEG" | "PNG";
  readonly library: string;
  /** Its version where it tells. */
  readonly version?: string;
  /** Why it is not there; absent where it is. */
  readonly missing?: string;
}

/** The codecs by format, best first: the first of a format that is there is the one that is used. */
export async function imageCodecs(): Promise<CodecReport[]> {
  const [sharp, wasm] = [await loaders.sharp(), await loaders.wasm()];
  const report = (library: string, codec: ImageCodec | string): CodecReport => ({
    format: "JPEG",
    library,
    ...(typeof codec === "string" ? { missing: codec } : codec.version !== undefined && { version: codec.version }),
  });
  return [
    report("sharp", sharp),
    report("@jsquash/jpeg", wasm),
    { format: "JPEG", library: "jpeg-js" },
    { format: "PNG", library: "fast-png" },
  ];
}
