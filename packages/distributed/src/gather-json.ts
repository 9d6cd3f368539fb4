import type { Communicator } from "./communicator.ts";

/** Every rank's value, in the order of the ranks, on every rank. Values must survive JSON; for small ones. */
export async function allGatherJson<Value>(communicator: Communicator, value: Value): Promise<Value[]> {
  const { size } = communicator;
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const lengths = new Int32Array(size);
  await communicator.allGather(Int32Array.of(bytes.length), lengths);
  const room = Math.max(...lengths);
  const padded = new Uint8Array(room);
  padded.set(bytes);
  const all = new Uint8Array(room * size);
  await communicator.allGather(padded, all);
  const text = (rank: number) => new TextDecoder().decode(all.subarray(rank * room, rank * room + lengths[rank]!));
  return Array.from(lengths, (_, rank) => JSON.parse(text(rank)) as Value);
}
