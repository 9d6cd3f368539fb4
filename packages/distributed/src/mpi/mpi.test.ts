// Jobs under each mpiexec that this machine has: what ranks compute together, and how a job ends when one of them does.
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { findLauncher, type MpiLauncher, startJob } from "../../fixtures/launchers.ts";
import { MissingMpiError } from "../errors.ts";
import { openCommunicator } from "../open-communicator.ts";

const families = ["mpich", "open-mpi"] as const;
const launchers = new Map(families.map((family) => [family, findLauncher(family)]));
for (const [family, launcher] of launchers) {
  if (!launcher) console.warn(`SKIPPED: jobs under ${family}: its mpiexec is not installed`);
}

interface Reduced {
  readonly hashes: readonly string[];
  readonly expected: string;
}

/** What rank 0 reports; the job must end well. */
async function run(launcher: MpiLauncher, ranks: number, job: string, environment?: NodeJS.ProcessEnv) {
  const ended = await startJob(launcher, ranks, [job], environment).ended;
  expect(ended).toMatchObject({ code: 0, err: "" });
  return JSON.parse(ended.out);
}

/** Waits for the first line, which lists the ranks' processes. */
async function pidsOf({ child }: ReturnType<typeof startJob>): Promise<number[]> {
  let text = "";
  for await (const chunk of child.stdout!.iterator({ destroyOnReturn: false })) {
    text += chunk;
    if (text.includes("\n")) break;
  }
  return JSON.parse(text.split("\n")[0]!).pids;
}

/** Signal 0 asks whether a process is there; one that ended and was not yet collected still answers for a moment. */
async function allGone(pids: readonly number[]): Promise<boolean> {
  const isThere = (pid: number) => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  for (let i = 0; i < 200; i++) {
    if (!pids.some(isThere)) return true;
    await sleep(50);
  }
  return false;
}

describe.each(families)("%s", (family) => {
  const launcher = launchers.get(family)!;

  it.skipIf(!launcher).each([2, 4])(
    "%i ranks hold the same bits, those of sums in the order of ranks",
    async (ranks) => {
      const { library, result } = await run(launcher, ranks, "reductions");
      expect(library).toMatch(family === "mpich" ? /MPICH/ : /^Open MPI/);
      expect(result).toHaveLength(36);
      for (const { hashes, expected } of result as Reduced[]) expect(hashes).toEqual(Array(ranks).fill(expected));
    },
  );

  it.skipIf(!launcher)("broadcasts, gathers, and carries out calls that overlap in their order", async () => {
    const { result } = await run(launcher, 3, "exchange");
    expect(result).toMatchObject({ into: [0, 0, 1, -1, 2, -2], sums: [3, 3] });
    expect(result.told).toEqual(result.last);
    expect(result.cores).toBeGreaterThanOrEqual(1);
  });

  it.skipIf(!launcher)("refuses calls that do not belong together, and goes on", async () => {
    const { result } = await run(launcher, 2, "different");
    const said = "allReduce: ranks make different calls: rank 0 allReduce, sum of 20 bytes of Float32Array; rank 1 all";
    expect(result.seen).toContain(said);
    expect((await run(launcher, 2, "facts")).result.seen).toBe(
      'ranks differ in config: rank 0 has "a", rank 1 has "b"',
    );
  });

  it.skipIf(!launcher).each([
    ["throws", "", /rank 1 of 3 \(.*, process \d+\) fails:\n[\s\S]*nothing left to learn/],
    ["aborts", "", /rank 1 of 3 \(.*\): the data set is another/],
    ["leaves", "0", /rank 1 of 3 .* ended with exit code 0, before close\(\)/],
    ["leaves", "5", /rank 1 of 3 .* ended with exit code 5, before close\(\)/],
  ])("a rank that %s %s ends the job", async (job, argument, said) => {
    const { code, out, err } = await startJob(launcher, 3, [job, argument]).ended;
    expect(code).not.toBe(0);
    expect(out + err).toMatch(said);
    if (job === "aborts") expect(code).toBe(3);
  });

  it.skipIf(!launcher).each([
    ["endless", 0],
    ["endless", 2],
    ["stuck", 0],
    ["stuck", 1],
  ])(
    "in the job that is %s, rank %i killed leaves no process, and a code",
    async (name, victim) => {
      const job = startJob(launcher, 3, [name]);
      const pids = await pidsOf(job);
      process.kill(pids[victim]!, "SIGKILL");
      const { code, out, err } = await job.ended;
      expect(code).not.toBe(0);
      // The launcher's words: the signal, and which process or rank it met.
      expect(out + err).toMatch(/signal 9|EXIT CODE: 9/);
      expect(await allGone(pids)).toBe(true);
    },
    30_000,
  );

  it.skipIf(!launcher)(
    "a launcher that is killed leaves no process",
    async () => {
      const job = startJob(launcher, 2, ["stuck"]);
      const pids = await pidsOf(job);
      job.child.kill("SIGKILL");
      expect(await allGone(pids)).toBe(true);
    },
    30_000,
  );

  it.skipIf(!launcher)("a rank that waits too long gives up, naming itself and the call", async () => {
    const { code, err } = await startJob(launcher, 2, ["stuck"], { TIMEOUT_SECONDS: "1" }).ended;
    expect(code).not.toBe(0);
    expect(err).toMatch(/rank 0 of 2 .*fails:\n[\s\S]*barrier: waited 1 s for the other ranks/);
  });
});

describe("a job of several ranks", () => {
  const launch = { launcher: "mpich", rank: 0, size: 2, localRank: 0, localSize: 2 } as const;

  it("says in one line what is missing", async () => {
    const opening = openCommunicator({ launch, library: "libno-such-mpi.so" });
    await expect(opening).rejects.toThrow(MissingMpiError);
    const message = "MPI: no library found, tried libno-such-mpi.so\n  hint: install MPICH or Open MPI";
    await expect(openCommunicator({ launch, library: "libno-such-mpi.so" })).rejects.toThrow(message);
  });

  it.skipIf(process.platform !== "linux")("refuses a library that is no MPI", async () => {
    const message = "MPI: libm.so.6 is no MPI library: it has no MPI_Get_library_version";
    await expect(openCommunicator({ launch, library: "libm.so.6" })).rejects.toThrow(message);
  });

  const [mpich, openMpi] = [launchers.get("mpich"), launchers.get("open-mpi")];
  it.skipIf(!mpich || !openMpi)("refuses a library that its launcher does not know", async () => {
    const { code, err } = await startJob(mpich!, 2, ["exchange"], { TESSERA_MPI: "libmpi.so.40" }).ended;
    expect(code).not.toBe(0);
    expect(err).toMatch(/MPI: 2 ranks were launched, but Open MPI v[\d.]+ knows of 1 rank\n/);
  });
});
