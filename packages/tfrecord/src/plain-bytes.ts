/**
 * The same memory as a Uint8Array and no subclass of it: parts of a Node Buffer would be Buffers, whose `slice` does not
 * copy.
 */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
