/** @file What several ranks found in a step that each has taken again with its part of the batch. */
import type { RankExchange } from "../distributed/rank-exchange.ts";
import type { NonFinite } from "./non-finite.ts";

/** What was found, and in which of the step's batches. */
interface Finding {
  readonly found: NonFinite | null;
  readonly batch: number;
}

/** In the order in which a step comes to them. */
const order: readonly NonFinite["what"][] = ["images", "output", "loss", "penalty", "gradient", "weights"];

/**
 * What came first, of the first rank that has it; `null` if no rank found anything. Sums carry what one rank has to all of
 * them, so what is earlier in a step is nearer to the cause.
 */
export async function firstFinding(
  own: Finding,
  ranks: RankExchange | undefined,
): Promise<{ readonly found: NonFinite; readonly batch: number; readonly rank: number } | null> {
  const all = ranks ? await ranks.gatherJson(own) : [own];
  const findings = all.flatMap((each, rank) => (each.found ? [{ found: each.found, batch: each.batch, rank }] : []));
  const place = (each: Finding) => each.batch * order.length + order.indexOf(each.found!.what);
  return findings.toSorted((a, b) => place(a) - place(b))[0] ?? null;
}

/** What one rank makes, on every rank. */
export async function fromRank(
  root: number,
  make: () => Promise<Uint8Array>,
  ranks: RankExchange | undefined,
): Promise<Uint8Array> {
  if (!ranks) return make();
  const own = ranks.rank === root ? await make() : new Uint8Array(0);
  const length = Int32Array.of(own.length);
  await ranks.broadcast(length, root);
  const bytes = own.length > 0 ? own : new Uint8Array(length[0]!);
  await ranks.broadcast(bytes, root);
  return bytes;
}
