/** @file Buffer usages by name. Node has no `GPUBufferUsage` global, and the numbers are fixed by the specification. */
export const bufferUsage = {
  /** MAP_READ | COPY_DST */
  readback: 0x0001 | 0x0008,
  /** COPY_SRC | COPY_DST */
  staging: 0x0004 | 0x0008,
  /** STORAGE | COPY_SRC | COPY_DST */
  storage: 0x0080 | 0x0004 | 0x0008,
  /** QUERY_RESOLVE | COPY_SRC */
  queryResolve: 0x0200 | 0x0004,
  /** UNIFORM */
  uniform: 0x0040,
} as const;
