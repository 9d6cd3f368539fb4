import type { ImageCodec } from "./codec.ts";
import { loadJpegJs } from "./jpeg-js-codec.ts";
import type { RgbImage } from "./rgb-image.ts";

/** What libjpeg prints when a file ends before its pixels do. */
const ENDS_TOO_SOON = "Premature end of JPEG file";

/** mozjpeg's decoder as @jsquash/jpeg compiled it to WebAssembly, or why it is not there. It encodes by jpeg-js. */
export async function loadWasm(): Promise<ImageCodec | string> {
  try {
    const { default: factory } = await import("@jsquash/jpeg/codec/dec/mozjpeg_dec.js");
    const start = factory as unknown as (options: object) => Promise<DecoderModule>;
    const fallback = await loadJpegJs();
    const wasm = await compiled();
    const decoder = new Decoder((options) => start({ ...options, noInitialRun: true, ...instantiation(wasm) }));
    await decoder.started();
    return {
      library: "@jsquash/jpeg",
      encoder: fallback.library,
      async decodeJpeg(bytes, header, onTruncated) {
        // libjpeg leaves the conversion of CMYK to its caller, and this one has none.
        if (header.components === 4) return fallback.decodeJpeg(bytes, header, onTruncated);
        const { image, complaints } = await decoder.decode(bytes);
        const problem = complaints.find((line) => line.includes(ENDS_TOO_SOON));
        if (problem !== undefined && !onTruncated) throw new Error(problem);
        if (problem !== undefined) onTruncated?.(problem);
        return image;
      },
      encodeJpeg: fallback.encodeJpeg,
    };
  } catch (error) {
    return `it does not load here: ${(error instanceof Error ? error.message : String(error)).split("\n")[0]}`;
  }
}

interface DecoderModule {
  decode(bytes: Uint8Array, preserveOrientation: boolean): { data: Uint8ClampedArray; width: number; height: number };
}

type Start = (options: { print: () => void; printErr: (line: string) => void }) => Promise<DecoderModule>;

/** One instance at a time: libjpeg ends its program on an error, and what is left of it cannot be trusted. */
class Decoder {
  readonly #start: Start;
  #module: Promise<DecoderModule> | undefined;
  #complaints: string[] = [];

  constructor(start: Start) {
    this.#start = start;
  }

  started(): Promise<DecoderModule> {
    this.#module ??= this.#start({ print: () => undefined, printErr: (line) => this.#complaints.push(line) });
    return this.#module;
  }

  async decode(bytes: Uint8Array): Promise<{ image: RgbImage; complaints: readonly string[] }> {
    const module = await this.started();
    this.#complaints = [];
    try {
      const { data, width, height } = module.decode(bytes, false);
      return { image: { pixels: withoutAlpha(data), height, width }, complaints: this.#complaints };
    } catch (error) {
      this.#module = undefined;
      throw new Error(this.#complaints.at(-1) ?? String(error), { cause: error });
    }
  }
}

function withoutAlpha(rgba: Uint8ClampedArray): Uint8Array {
  const pixels = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    pixels[to++] = rgba[from]!;
    pixels[to++] = rgba[from + 1]!;
    pixels[to++] = rgba[from + 2]!;
  }
  return pixels;
}

/** Browsers fetch the module themselves, from beside the script; Node's fetch does not read files. */
async function compiled(): Promise<WebAssembly.Module | undefined> {
  if (typeof process === "undefined" || !process.versions?.node) return undefined;
  // Asked of the process, so that bundlers for browsers do not look for Node's modules.
  const { readFile } = process.getBuiltinModule("node:fs/promises");
  const { createRequire } = process.getBuiltinModule("node:module");
  const path = createRequire(import.meta.url).resolve("@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm");
  return WebAssembly.compile(await readFile(path));
}

function instantiation(wasm: WebAssembly.Module | undefined) {
  if (!wasm) return {};
  const instantiateWasm = (imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) => {
    const instance = new WebAssembly.Instance(wasm, imports);
    done(instance);
    return instance.exports;
  };
  return { instantiateWasm };
}
