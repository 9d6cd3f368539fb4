import type { Communicator } from "./communicator.ts";
import { DistributedError } from "./errors.ts";
import { allGatherJson } from "./gather-json.ts";

/**
 * Compares what ranks were started with: versions, configurations, fingerprints of the data. All ranks call it, and it
 * fails on all of them alike.
 *
 * @param facts short texts by name
 * @throws DistributedError naming the first fact in which a rank differs from rank 0, and that rank
 */
export async function requireSame(communicator: Communicator, facts: Readonly<Record<string, string>>): Promise<void> {
  const [first, ...others] = await allGatherJson(communicator, facts);
  for (const [i, other] of others.entries()) {
    const names = [...new Set([...Object.keys(first!), ...Object.keys(other)])];
    const name = names.find((key) => first![key] !== other[key]);
    if (name === undefined) continue;
    const [ours, theirs] = [first![name], other[name]].map((text) => (text === undefined ? "none" : shorten(text)));
    throw new DistributedError(`ranks differ in ${name}: rank 0 has ${ours}, rank ${i + 1} has ${theirs}`);
  }
}

function shorten(text: string): string {
  const shown = JSON.stringify(text);
  return shown.length <= 100 ? shown : `${shown.slice(0, 96)}…"`;
}
