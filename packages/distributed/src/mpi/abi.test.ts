import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { abis, familyOf, shortVersion } from "./abi.ts";

const folders = ["/usr/include/x86_64-linux-gnu/mpich", "/usr/include/aarch64-linux-gnu/mpich", "/usr/include/mpich"];
const header = folders.map((folder) => `${folder}/mpi.h`).find((path) => existsSync(path));
if (!header) console.warn("SKIPPED: MPICH's constants beside its mpi.h, which is not installed");

describe("familyOf", () => {
  it.each([
    ["MPICH Version:\t4.0.2\nMPICH Release date:\tThu Apr  7 12:34:45 CDT 2022\n", "mpich", "MPICH 4.0.2"],
    ["Open MPI v4.1.4, package: Debian OpenMPI, ident: 4.1.4", "open-mpi", "Open MPI v4.1.4"],
    ["Intel(R) MPI Library 2021.9 for Linux* OS", "mpich", "Intel(R) MPI Library 2021.9 for Linux* OS"],
    ["MVAPICH2 Version      :\t2.3.7\n", "mpich", "MVAPICH2 2.3.7"],
    ["CRAY MPICH version 8.1.25.17 (ANL base 3.4a2)", "mpich", "CRAY MPICH version 8.1.25.17 (ANL base 3.4a2)"],
    ["Microsoft MPI 10.1", undefined, "Microsoft MPI 10.1"],
  ])("reads %j", (version, family, short) => {
    expect(familyOf(version)).toBe(family);
    expect(shortVersion(version)).toBe(short);
  });
});

describe("abis", () => {
  it.skipIf(!header)("have MPICH's own constants", () => {
    const text = readFileSync(header!, "utf8");
    const constant = (name: string) =>
      Number(new RegExp(`^#define ${name}\\s.*?(0x[0-9a-f]+|-\\d+)`, "m").exec(text)?.[1]);
    const { world, byte, errorsReturn } = abis.mpich.handles(() => null);
    expect({ world, byte, errorsReturn, inPlace: Number(abis.mpich.inPlace) }).toEqual({
      ...{ world: constant("MPI_COMM_WORLD"), byte: constant("MPI_BYTE") },
      ...{ errorsReturn: constant("MPI_ERRORS_RETURN"), inPlace: constant("MPI_IN_PLACE") },
    });
  });

  it("look Open MPI's handles up", () => {
    const handles = abis["open-mpi"].handles((symbol) => `address of ${symbol}`);
    expect(handles.byte).toBe("address of ompi_mpi_byte");
  });
});
