/**
 * @file The thread that calls MPI: synchronously and alone. Calls from Node's event loop would stop it while other ranks
 * are waited for, and calls from its thread pool come from changing threads, on which MPI libraries crash.
 */
import { parentPort, workerData } from "node:worker_threads";
import { DistributedError, MissingMpiError } from "../errors.ts";
import { arrive } from "./arrival.ts";
import { Collectives } from "./collectives.ts";
import { MpiJob } from "./job.ts";
import { loadMpi } from "./library.ts";
import type { Answer, Call, Failure, Setup } from "./protocol.ts";

const setup = workerData as Setup;
const port = parentPort!;
const answer = (message: Answer) => port.postMessage(message);

function failureOf(error: unknown): Failure {
  const message = error instanceof Error ? error.message : String(error);
  const [sentence, hint] = message.split("\n  hint: ") as [string, string?];
  const kind = error instanceof MissingMpiError ? "missing" : "failed";
  return { kind, sentence, ...(hint !== undefined && { hint }) };
}

async function open(): Promise<MpiJob> {
  const job = new MpiJob(await loadMpi(setup.library, setup.prefer), setup);
  if (job.size === setup.size) return job;
  job.finalize();
  const ranks = (count: number) => (count === 1 ? "1 rank" : `${count} ranks`);
  throw new DistributedError(
    `MPI: ${ranks(setup.size)} were launched, but ${job.mpi.version} knows of ${ranks(job.size)}`,
    {
      hint: "the launcher must be of the same MPI as the library; for srun, --mpi=pmi2 (MPICH) or --mpi=pmix (Open MPI)",
    },
  );
}

function perform(job: MpiJob, collectives: Collectives, call: Call): void {
  const all = arrive(job, call);
  if (call.kind === "allReduce") collectives.allReduce(call.values, call.mean, all);
  if (call.kind === "broadcast") collectives.broadcast(call.bytes, call.root, all);
  if (call.kind === "allGather") collectives.allGather(call.bytes, call.into, all);
  if (call.kind === "close") job.finalize();
}

try {
  const job = await open();
  const collectives = new Collectives(job);
  port.on("message", (call: Call) => {
    try {
      perform(job, collectives, call);
      answer({ kind: "done" });
    } catch (error) {
      answer({ kind: "error", failure: failureOf(error) });
    }
  });
  answer({ kind: "open", rank: job.rank, size: job.size, library: job.mpi.version });
} catch (error) {
  answer({ kind: "error", failure: failureOf(error) });
}
