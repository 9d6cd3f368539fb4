/** @file Ranks meet before a call, and compare what they are about to do. */
import { DistributedError } from "../errors.ts";
import { arrivalSpin, type MpiJob } from "./job.ts";
import type { Call } from "./protocol.ts";

const kinds: readonly Call["kind"][] = ["allReduce", "broadcast", "allGather", "barrier", "close"];
const types = [Float32Array, Float64Array, Int32Array] as const;

/** What must be equal on all ranks: kind; byte length in two halves; for a reduction type and mean; for a broadcast root. */
function wordsOf(call: Call): Int32Array {
  const words = Int32Array.of(kinds.indexOf(call.kind), 0, 0, 0, 0);
  const view = call.kind === "allReduce" ? call.values : "bytes" in call ? call.bytes : null;
  if (view) words.set([view.byteLength / 2 ** 31, view.byteLength % 2 ** 31], 1);
  if (call.kind === "allReduce")
    words.set([types.findIndex((type) => call.values instanceof type), Number(call.mean)], 3);
  if (call.kind === "broadcast") words[3] = call.root;
  return words;
}

/** As in "allReduce, mean of 40 bytes of Float32Array". */
function describe(words: Int32Array): string {
  const [index, high, low, third, fourth] = words as unknown as [number, number, number, number, number];
  const kind = kinds[index]!;
  const size = `${high * 2 ** 31 + low} bytes`;
  if (kind === "allReduce") return `${kind}, ${fourth ? "mean" : "sum"} of ${size} of ${types[third]!.name}`;
  if (kind === "broadcast") return `${kind} of ${size} from rank ${third}`;
  return kind === "allGather" ? `${kind} of ${size}` : kind;
}

/** @throws DistributedError on every rank where one of them makes another call than rank 0 */
export function arrive(job: MpiJob, call: Call): void {
  const words = wordsOf(call);
  const all = new Int32Array(words.length * job.size);
  const { byte, world } = job.mpi.handles;
  const bytes = words.byteLength;
  job.finish(call.kind, "MPI_Iallgather", arrivalSpin, (request) =>
    job.mpi.beginAllGather(words, bytes, byte, all, bytes, byte, world, request),
  );
  const of = (rank: number) => all.subarray(rank * words.length, (rank + 1) * words.length);
  for (let rank = 1; rank < job.size; rank++) {
    if (of(rank).every((word, i) => word === all[i])) continue;
    throw new DistributedError(
      `${call.kind}: ranks make different calls: rank 0 ${describe(of(0))}; rank ${rank} ${describe(of(rank))}`,
    );
  }
}
