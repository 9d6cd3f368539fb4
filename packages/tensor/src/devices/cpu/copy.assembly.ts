// The one kernel that the device itself needs: uploads, copies and read-backs.

/**
 * target[i] = source[i] for byteLength bytes; the two do not overlap.
 * Each thread copies one run of whole cache lines.
 */
export function copyBytes(source: usize, target: usize, byteLength: usize, thread: i32, threads: i32): void {
  const lines: usize = (byteLength + 63) >> 6;
  const share: usize = ((lines + <usize>threads - 1) / <usize>threads) << 6;
  const start: usize = share * <usize>thread;
  if (start < byteLength) memory.copy(target + start, source + start, min(share, byteLength - start));
}
