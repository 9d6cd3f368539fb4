/** @file Ranks meet before a call, and compare what they are about to do. */
import { DistributedError } from "../errors.ts";
import { arrivalSpin, type MpiJob } from "./job.ts";
import type { Call } from "./protocol.ts";

const kinds: readonly Call["kind"][] = ["allReduce", "broadcast", "allGather", "barrier", "leave", "close"];
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

/** A call as the communicator's user knows it. */
function nameOf(kind: Call["kind"]): string {
  return kind === "leave" ? "close" : kind;
}

/** As in "allReduce, mean of 40 bytes of Float32Array". */
function describe(words: Int32Array): string {
  const [index, high, low, third, fourth] = words as unknown as [number, number, number, number, number];
  const kind = nameOf(kinds[index]!);
  const size = `${high * 2 ** 31 + low} bytes`;
  if (kind === "allReduce") return `${kind}, ${fourth ? "mean" : "sum"} of ${size} of ${types[third]!.name}`;
  if (kind === "broadcast") return `${kind} of ${size} from rank ${third}`;
  return kind === "allGather" ? `${kind} of ${size}` : kind;
}

/** Most bytes that travel along with an arrival: statistics of 256 channels do, and are spared an exchange of their own. */
const travellingBytes = 2536;
/** The words of {@link wordsOf}; what follows lies as float64 must. */
const headerBytes = 24;
const packetBytes = headerBytes + travellingBytes;

/** What this rank brings along, if it is little enough. Ranks that make the same call all do, or none of them. */
function travelling(call: Call): Uint8Array | null {
  const view = call.kind === "allReduce" ? call.values : "bytes" in call ? call.bytes : null;
  if (!view || view.byteLength > travellingBytes) return null;
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/**
 * Waits for all ranks.
 *
 * @returns the ranks' bytes, one after the other, where the call's are few; else null: they are still to be exchanged
 * @throws DistributedError on every rank where one of them makes another call than rank 0
 */
export function arrive(job: MpiJob, call: Call): Uint8Array | null {
  const own = new Uint8Array(packetBytes);
  const brought = travelling(call);
  own.set(new Uint8Array(wordsOf(call).buffer));
  if (brought) own.set(brought, headerBytes);
  const all = new Uint8Array(packetBytes * job.size);
  const { byte, world } = job.mpi.handles;
  job.finish(call.kind, "MPI_Iallgather", arrivalSpin, (request) =>
    job.mpi.beginAllGather(own, packetBytes, byte, all, packetBytes, byte, world, request),
  );
  const packets = Array.from({ length: job.size }, (_, rank) =>
    all.subarray(rank * packetBytes, (rank + 1) * packetBytes),
  );
  const words = packets.map(({ buffer, byteOffset }) => new Int32Array(buffer, byteOffset, headerBytes / 4));
  const other = words.findIndex((each) => each.some((word, i) => word !== words[0]![i]));
  if (other > 0) {
    const [first, second] = [words[0]!, words[other]!];
    throw new DistributedError(
      `${nameOf(call.kind)}: ranks make different calls: rank 0 ${describe(first)}; rank ${other} ${describe(second)}`,
    );
  }
  if (!brought) return null;
  const bytes = new Uint8Array(brought.length * job.size);
  for (const [rank, packet] of packets.entries()) {
    bytes.set(packet.subarray(headerBytes, headerBytes + brought.length), rank * brought.length);
  }
  return bytes;
}
