import type { JpegHeader } from "./jpeg-header.ts";
import { loadJpegJs } from "./jpeg-js-codec.ts";
import type { RgbImage } from "./rgb-image.ts";
import { loadSharp } from "./sharp-codec.ts";

/** Something that decodes JPEG. */
export interface ImageCodec {
  readonly library: string;
  /** Its version where it tells. */
  readonly version?: string;
  /**
   * Pixels as stored, not turned; grey and CMYK become RGB.
   *
   * @throws whatever the library throws on damaged input
   */
  decodeJpeg(bytes: Uint8Array, header: JpegHeader): Promise<RgbImage>;
}

/**
 * Which codec decodes JPEG: `sharp` (native; the same bits as OpenCV), `js` (jpeg-js; several times slower, and chroma
 * is not smoothed, so that a value may be off by some tens beside sharp edges), or `auto`, sharp where it is installed.
 */
export type CodecChoice = "auto" | "sharp" | "js";

/** The codecs by choice, best first. Each gives itself, or the reason why it is not there. */
const loaders = { sharp: once(loadSharp), js: once(loadJpegJs) };

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
  const sharp = await loaders.sharp();
  return typeof sharp === "string" ? loaders.js() : sharp;
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
  const sharp = await loaders.sharp();
  return [
    {
      format: "JPEG",
      library: "sharp",
      ...(typeof sharp === "string" ? { missing: sharp } : { version: sharp.version }),
    },
    { format: "JPEG", library: "jpeg-js" },
    { format: "PNG", library: "fast-png" },
  ];
}
