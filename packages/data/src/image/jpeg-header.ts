import { exifOrientation, type Orientation } from "./exif.ts";

/** What a JPEG says of itself before its pixels. */
export interface JpegHeader {
  readonly height: number;
  readonly width: number;
  /** 1 grey, 3 colour, 4 CMYK or YCCK. */
  readonly components: number;
  readonly orientation: Orientation;
}

/**
 * Walks the marker segments (ITU-T T.81, B.1.1.2) up to the frame header, of which there must be one before the scan.
 *
 * @returns the header, or what is wrong in words.
 */
export function readJpegHeader(bytes: Uint8Array): JpegHeader | string {
  let orientation: Orientation | undefined;
  for (const { marker, body } of segments(bytes)) {
    if (marker === 0xe1) orientation ??= orientationOf(body);
    if (!isFrame(marker)) continue;
    if (body.length < 6) break;
    const [height, width] = [body[1]! * 256 + body[2]!, body[3]! * 256 + body[4]!];
    if (height === 0 || width === 0) return `it claims to have ${height} rows of ${width} pixels`;
    return { height, width, components: body[5]!, orientation: orientation ?? 1 };
  }
  return "it ends before its size is told";
}

function* segments(bytes: Uint8Array): Generator<{ marker: number; body: Uint8Array }> {
  let offset = 2;
  while (offset + 4 <= bytes.length) {
    const marker = bytes[offset + 1]!;
    // Anything else than a marker here is skipped, as libjpeg does; 0xff may be repeated to fill.
    if (bytes[offset] !== 0xff || marker === 0xff || marker === 0) {
      offset++;
      continue;
    }
    const isAlone = marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8);
    if (isAlone) {
      offset += 2;
      continue;
    }
    if (marker === 0xda || marker === 0xd9) return;
    const length = bytes[offset + 2]! * 256 + bytes[offset + 3]!;
    yield { marker, body: bytes.subarray(offset + 4, offset + 2 + length) };
    offset += 2 + Math.max(2, length);
  }
}

/** SOF0 … SOF15; three of the codes between them are other things (DHT, JPG, DAC). */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

/** An APP1 segment is Exif only if it says so; XMP uses the same marker. */
function orientationOf(body: Uint8Array): Orientation | undefined {
  const isExif = String.fromCharCode(...body.subarray(0, 6)) === "Exif\0\0";
  return isExif ? exifOrientation(body.subarray(6)) : undefined;
}
