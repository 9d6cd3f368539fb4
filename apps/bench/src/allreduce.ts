import { writeFileSync } from "node:fs";
import { type Communicator, openCommunicator } from "@tessera/distributed";
import { type Spread, spreadOf } from "./report/record.ts";

interface AllreduceOptions {
  /** Mebibytes a message. */
  readonly sizes: readonly number[];
  readonly rounds: number;
  readonly json?: string;
}

/** `bench allreduce`, on every rank of an mpiexec: MB/s by size, beside a copy of the same bytes in memory. */
export async function benchAllreduce({ sizes, rounds, json }: AllreduceOptions): Promise<void> {
  await using communicator = await openCommunicator({ timeoutSeconds: 120 });
  const { rank, size, library } = communicator;
  if (size === 1) throw new Error("allreduce: 1 rank; start it as mpiexec -n 2 node apps/bench/dist/main.js allreduce");
  const results = [];
  for (const mebibytes of sizes) {
    const row = { mebibytes, ...(await timeSize(communicator, mebibytes * 2 ** 18, rounds)) };
    results.push(row);
    if (rank === 0) console.log(line(row));
  }
  if (rank !== 0) return;
  console.log(`${library}, ${size} ranks, float32 sum, median of ${rounds} rounds; every sum was checked`);
  const result = { benchmark: "allreduce", library, ranks: size, megabytesPerSecond: results };
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`);
}

interface Speeds {
  readonly allReduce: Spread;
  readonly copy: Spread;
}

async function timeSize(communicator: Communicator, length: number, rounds: number): Promise<Speeds> {
  const { rank, size } = communicator;
  const values = new Float32Array(new SharedArrayBuffer(length * 4));
  const source = values.slice();
  const speeds = { allReduce: [] as number[], copy: [] as number[] };
  const megabytes = values.byteLength / 1e6;
  // The first round warms up.
  for (let round = 0; round <= rounds; round++) {
    source.forEach((_, i) => {
      source[i] = (i % 1000) + rank;
    });
    const beforeCopy = performance.now();
    values.set(source);
    const copied = performance.now() - beforeCopy;
    await communicator.barrier();
    const start = performance.now();
    await communicator.allReduce(values);
    const reduced = performance.now() - start;
    check(values, size);
    if (round === 0) continue;
    speeds.copy.push((megabytes * 1000) / copied);
    speeds.allReduce.push((megabytes * 1000) / reduced);
  }
  return { allReduce: spreadOf(speeds.allReduce), copy: spreadOf(speeds.copy) };
}

/** @throws Error where a sum is wrong; all are whole numbers that float32 holds exactly */
function check(values: Float32Array, size: number): void {
  const ranks = (size * (size - 1)) / 2;
  const wrong = values.findIndex((value, i) => value !== (i % 1000) * size + ranks);
  if (wrong >= 0)
    throw new Error(`allreduce: element ${wrong} is ${values[wrong]}, which is no sum of the ranks' values`);
}

function line({ mebibytes, allReduce, copy }: Speeds & { readonly mebibytes: number }): string {
  const range = ({ median, min, max }: Spread) => `${median.toFixed(0)} MB/s (${min.toFixed(0)} to ${max.toFixed(0)})`;
  const ratio = (allReduce.median / copy.median).toFixed(3);
  return `${mebibytes} MiB: ${range(allReduce)}; copy ${range(copy)}; ratio ${ratio}`;
}
