/** @file What differs between the two families of MPI libraries in binary form: the standard fixes only names. */

/** MPICH, and those that keep its binary interface (Intel MPI, MVAPICH, Cray MPICH); or Open MPI. */
export type Family = "mpich" | "open-mpi";

/** A handle as it is passed: MPICH's are numbers, Open MPI's the addresses of objects in the library. */
export type Handle = unknown;

/** The objects that calls here name. Only bytes are sent, and only our own code adds: no other type, no operation. */
export interface Handles {
  readonly world: Handle;
  readonly byte: Handle;
  readonly errorsReturn: Handle;
}

/** How a family passes handles, and its constants. */
export interface Abi {
  readonly family: Family;
  /** C type of a handle. */
  readonly handleType: "int" | "void *";
  /** `MPI_IN_PLACE`, an address that no buffer has. */
  readonly inPlace: bigint;
  /** Handles, given what looks up the address of a symbol. */
  readonly handles: (addressOf: (symbol: string) => unknown) => Handles;
}

/** By family; the numbers are those of MPICH's `mpi.h`, which its ABI initiative froze. */
export const abis: Readonly<Record<Family, Abi>> = {
  mpich: {
    family: "mpich",
    handleType: "int",
    inPlace: -1n,
    handles: () => ({ world: 0x44000000, byte: 0x4c00010d, errorsReturn: 0x54000001 }),
  },
  "open-mpi": {
    family: "open-mpi",
    handleType: "void *",
    inPlace: 1n,
    handles: (addressOf) => ({
      world: addressOf("ompi_mpi_comm_world"),
      byte: addressOf("ompi_mpi_byte"),
      errorsReturn: addressOf("ompi_mpi_errors_return"),
    }),
  },
};

/** Tells a library's family by what `MPI_Get_library_version` says; undefined where it is neither. */
export function familyOf(version: string): Family | undefined {
  if (/^Open MPI\b/.test(version)) return "open-mpi";
  return /\bMPICH\b|^Intel\(R\) MPI|^MVAPICH/.test(version) ? "mpich" : undefined;
}

/** `MPICH Version:\t4.0.2\nMPICH Release date: …` becomes `MPICH 4.0.2`; Open MPI's first words are enough. */
export function shortVersion(version: string): string {
  const [line = ""] = version.split("\n");
  return line
    .replace(/,.*$/, "")
    .replace(/ Version\s*:\s*/i, " ")
    .trim();
}
