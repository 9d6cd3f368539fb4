/** @file Byte counts as a person reads them. */

const units = ["bytes", "KiB", "MiB", "GiB"];

/** `1.5 MiB`; whole bytes below one KiB. */
export function formatBytes(byteLength: number): string {
  const power = byteLength < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(byteLength) / 10));
  return `${power === 0 ? byteLength : (byteLength / 1024 ** power).toFixed(1)} ${units[power]}`;
}
