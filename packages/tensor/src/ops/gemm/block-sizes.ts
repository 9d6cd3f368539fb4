/**
 * @file Sizes of the blocks that one thread multiplies, shared by the WebAssembly kernels and their launches (so plain
 * constants, which both compilers read). Chosen for a first-level cache of 32 KiB and a second of 512 KiB a core.
 */

/** Columns of a panel of B, and of a tile of C. */
export const panelColumns = 8;

/** Floats from one line of a packed A to the next: odd in cache lines, so that lines spread over all cache sets. */
export const lineFloats = 304;

/** Most floats in a line of A: copies go four at a time and may run three past the end. */
export const maximumLine = 300;

/** Most lines of A, and most rows of a panel of B, when A is packed by columns. */
export const maximumDepth = 128;

/** Most rows of a block of C when A is packed by rows: a multiple of every tile height. */
export const maximumRows = 96;

/** Most rows of a block of C when A is packed by columns: a multiple of every tile height that fits in a line. */
export const maximumColumnRows = 288;

/** Most columns of a block of C. */
export const maximumColumns = 128;

/** Bytes of a packed block of A in a thread's workspace. By rows it takes less. */
export const workspaceBytesA = maximumDepth * lineFloats * 4;

/** Bytes of the packed panels of B: all of a block's when A is packed by columns, one when it is packed by rows. */
export const workspaceBytesB = maximumDepth * maximumColumns * 4;

/** Bytes of a block of C. */
const workspaceBytesC = maximumColumnRows * maximumColumns * 4;

/** Bytes of a thread's workspace. */
export const workspaceBytes = workspaceBytesA + workspaceBytesB + workspaceBytesC;
