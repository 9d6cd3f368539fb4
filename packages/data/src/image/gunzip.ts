/** @file Images that somebody compressed with gzip and left under their old name; ImageNet has a few. */

/** The first bytes of RFC 1952. */
export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

/** Most bytes that an image file may have when unpacked. A small file can unpack to anything. */
const LIMIT = 2 ** 28;

/** @throws Error if the stream is damaged, cut short, or unpacks to more than an image would */
export async function gunzip(bytes: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream("gzip"));
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream as unknown as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > LIMIT) throw new Error(`it unpacks to more than ${LIMIT} bytes`);
    chunks.push(chunk);
  }
  const all = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk, offset);
    offset += chunk.length;
  }
  return all;
}
