import { describe, expect, it } from "vitest";
import { launchInfo } from "./launch-info.ts";

const openMpi = {
  ...{ OMPI_COMM_WORLD_RANK: "5", OMPI_COMM_WORLD_SIZE: "8" },
  ...{ OMPI_COMM_WORLD_LOCAL_RANK: "1", OMPI_COMM_WORLD_LOCAL_SIZE: "4" },
};
const mpich = { PMI_RANK: "2", PMI_SIZE: "3", MPI_LOCALRANKID: "0", MPI_LOCALNRANKS: "1" };
const slurm = {
  ...{ SLURM_PROCID: "6", SLURM_NTASKS: "7", SLURM_STEP_NUM_TASKS: "7", SLURM_LOCALID: "0", SLURM_NODEID: "3" },
  SLURM_STEP_TASKS_PER_NODE: "2(x3),1",
};

describe("launchInfo", () => {
  it("knows a process that was started alone", () =>
    expect(launchInfo({})).toEqual({ launcher: "none", rank: 0, size: 1, localRank: 0, localSize: 1 }));

  it.each([
    ["Open MPI's mpiexec", openMpi, { launcher: "open-mpi", rank: 5, size: 8, localRank: 1, localSize: 4 }],
    ["MPICH's mpiexec", mpich, { launcher: "mpich", rank: 2, size: 3, localRank: 0, localSize: 1 }],
    ["srun", slurm, { launcher: "slurm", rank: 6, size: 7, localRank: 0, localSize: 1 }],
    [
      "srun with PMI-2, which also sets PMI_*",
      { ...slurm, PMI_RANK: "6", PMI_SIZE: "7" },
      { launcher: "slurm", rank: 6, size: 7, localRank: 0, localSize: 1 },
    ],
    [
      "srun, on a machine of several tasks",
      { ...slurm, SLURM_PROCID: "3", SLURM_NODEID: "1", SLURM_LOCALID: "1" },
      { launcher: "slurm", rank: 3, size: 7, localRank: 1, localSize: 2 },
    ],
    [
      "an mpiexec inside of a Slurm job",
      { ...slurm, ...mpich },
      { launcher: "mpich", rank: 2, size: 3, localRank: 0, localSize: 1 },
    ],
  ])("reads what %s says", (_, environment, expected) => expect(launchInfo(environment)).toEqual(expected));

  it("takes a batch job's own script for one process", () =>
    expect(launchInfo({ SLURM_PROCID: "0", SLURM_NTASKS: "4", SLURM_LOCALID: "0" })).toMatchObject({ size: 1 }));

  it.each([
    [{ ...openMpi, OMPI_COMM_WORLD_RANK: "x" }, /OMPI_COMM_WORLD_RANK must hold whole numbers .* got "x"/],
    [{ ...openMpi, OMPI_COMM_WORLD_LOCAL_SIZE: "0" }, /OMPI_COMM_WORLD_LOCAL_SIZE .* at least 1, got "0"/],
    [{ ...openMpi, OMPI_COMM_WORLD_RANK: "8" }, /open-mpi says rank 8 of 8, here 1 of 4, which cannot be/],
    [{ ...mpich, PMI_RANK: undefined }, /PMI_RANK is missing from the environment/],
    [{ ...slurm, SLURM_STEP_TASKS_PER_NODE: "2(x3" }, /SLURM_STEP_TASKS_PER_NODE .* got "2\(x3"/],
    [{ ...slurm, SLURM_NODEID: "4" }, /counts 4 machines in "2\(x3\),1", this is number 4, counted from 0/],
  ])("refuses what cannot be: %#", (environment, message) => expect(() => launchInfo(environment)).toThrow(message));
});
