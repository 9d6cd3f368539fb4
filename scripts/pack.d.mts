/** Packs the package in `source` into the folder `target`. Gives the archive's path. Throws with pnpm's message. */
export function pack(source: string, target: string): string;
