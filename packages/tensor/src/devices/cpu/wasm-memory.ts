/** @file Wasm memories: how much the system lets one reserve, and how they grow. */

export const pageBytes = 65536;

/** The kernels were linked with their tables below this address. */
export const tablesEnd = 64 << 10;

/** Most pages that a wasm memory can have: 4 GiB. */
export const mostPages = 65536;

/** Growth beyond what is needed, so that a run settles after a few steps. */
const smallestGrowth = 16 << 20;

/** A memory, and the most pages that it can grow to. */
export interface ReservedMemory {
  readonly memory: WebAssembly.Memory;
  readonly maximumPages: number;
}

/**
 * A memory that can grow to `limitPages`, or to half, a quarter or an eighth where the system refuses: small ones do
 * not reserve 4 GiB of addresses.
 *
 * @throws RangeError or what else the engine throws, if there is no memory at all
 */
export function reserveMemory(initialPages: number, limitPages: number, shared: boolean): ReservedMemory {
  for (let maximum = limitPages, attempt = 0; ; maximum = Math.max(initialPages, maximum >> 1), attempt++) {
    try {
      return { memory: new WebAssembly.Memory({ initial: initialPages, maximum, shared }), maximumPages: maximum };
    } catch (error) {
      if (attempt === 3) throw error;
    }
  }
}

/**
 * Pages to grow by so that `byteLength` bytes more fit: generously first, then what is needed. None if they can never
 * fit.
 */
export function growthPages(byteLength: number, presentByteLength: number, maximumPages: number): number[] {
  const left = maximumPages - presentByteLength / pageBytes;
  const needed = Math.ceil(byteLength / pageBytes);
  if (needed > left) return [];
  const generous = Math.ceil(Math.max(byteLength, smallestGrowth, presentByteLength / 8) / pageBytes);
  return [Math.min(generous, left), needed];
}
