/** The pinned pnpm as a script for Node to run; `null` until it was fetched. */
export function pnpmScript(): string | null;
