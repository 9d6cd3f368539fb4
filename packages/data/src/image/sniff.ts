/** @file What a file is, by its first bytes. Names are not to be trusted: ImageNet has a PNG that is named .JPEG. */

/** What is decoded here. */
export type ImageFormat = "png" | "jpeg";

/** What the bytes are: a format that is decoded here, or in words what else they look like. */
export type Sniffed = { readonly format: ImageFormat } | { readonly found: string };

const signatures: readonly (readonly [offset: number, bytes: string, found: string])[] = [
  [0, "GIF8", "a GIF image"],
  [8, "WEBP", "a WebP image"],
  [4, "ftypavif", "an AVIF image"],
  [4, "ftyphei", "a HEIC image"],
  [0, "BM", "a BMP image"],
  [0, "II*\0", "a TIFF image"],
  [0, "MM\0*", "a TIFF image"],
  [0, "\x1f\x8b", "a gzip archive"],
  [0, "PK\x03\x04", "a zip archive"],
  [0, "%PDF", "a PDF document"],
];

/** Tells PNG (ISO/IEC 15948, 5.2) and JPEG (ITU-T T.81, B.1.1.3) from everything else. */
export function sniffFormat(bytes: Uint8Array): Sniffed {
  const head = latin1(bytes.subarray(0, 64));
  if (head.startsWith("\x89PNG\r\n\x1a\n")) return { format: "png" };
  if (head.startsWith("\xff\xd8\xff")) return { format: "jpeg" };
  if (bytes.length === 0) return { found: "an empty file" };
  const known = signatures.find(([offset, text]) => head.startsWith(text, offset));
  if (known) return { found: known[2] };
  if (isText(bytes.subarray(0, 64))) return { found: `text (${JSON.stringify(latin1(bytes.subarray(0, 24)))})` };
  const hex = Array.from(bytes.subarray(0, 4), (byte) => byte.toString(16).padStart(2, "0"));
  return { found: `something that begins with bytes ${hex.join(" ")}` };
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** ASCII with tabs and line ends. */
function isText(bytes: Uint8Array): boolean {
  return bytes.every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 9 || byte === 10 || byte === 13);
}
