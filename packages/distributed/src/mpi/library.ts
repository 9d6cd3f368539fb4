/** @file Finding the system's MPI and describing its functions to koffi. */
import type { IKoffiLib } from "koffi";
import { DistributedError, MissingMpiError } from "../errors.ts";
import { type Abi, abis, type Family, familyOf, type Handles, shortVersion } from "./abi.ts";

type Koffi = typeof import("koffi");
/** What is passed as an address: bytes of ours, or a constant. */
type Address = ArrayBufferView | bigint | null;

/** An MPI library, ready to be called from the thread that loaded it, and from no other. */
export interface MpiLibrary {
  readonly version: string;
  readonly abi: Abi;
  readonly handles: Handles;
  readonly initThread: (argc: null, argv: null, required: number, provided: Address) => number;
  readonly finalize: () => number;
  readonly rank: (communicator: unknown, rank: Address) => number;
  readonly size: (communicator: unknown, size: Address) => number;
  readonly setErrorHandler: (communicator: unknown, handler: unknown) => number;
  readonly errorString: (code: number, text: Address, length: Address) => number;
  readonly abort: (communicator: unknown, code: number) => number;
  readonly test: (request: Address, flag: Address, status: Address) => number;
  /** These begin, and `test` says when they are done: no call of MPI waits in here, where nothing could end it. */
  readonly beginAllGather: (...args: [Address, number, unknown, Address, number, unknown, unknown, Address]) => number;
  readonly beginAllGatherV: (
    ...args: [Address, number, unknown, Address, Address, Address, unknown, unknown, Address]
  ) => number;
  readonly beginAllToAllV: (
    ...args: [Address, Address, Address, unknown, Address, Address, Address, unknown, unknown, Address]
  ) => number;
  readonly beginBroadcast: (...args: [Address, number, unknown, number, unknown, Address]) => number;
}

/** Sonames, of which a family's own come first; then what a development package links. */
function candidates(prefer: Family): string[] {
  if (process.platform === "darwin") {
    return ["libmpi.dylib", "/opt/homebrew/lib/libmpi.dylib", "/usr/local/lib/libmpi.dylib"];
  }
  const families: Record<Family, readonly string[]> = {
    mpich: ["libmpich.so.12", "libmpi.so.12"],
    "open-mpi": ["libmpi.so.40"],
  };
  const other: Family = prefer === "mpich" ? "open-mpi" : "mpich";
  return [...families[prefer], ...families[other], "libmpi.so"];
}

/** @throws MissingMpiError where there is no MPI, or no koffi to call it with */
export async function loadMpi(library: string | undefined, prefer: Family): Promise<MpiLibrary> {
  const koffi = await loadKoffi();
  const names = library === undefined ? candidates(prefer) : [library];
  for (const name of names) {
    const loaded = tryLoad(koffi, name);
    if (loaded) return describe(loaded, name);
  }
  throw new MissingMpiError(`MPI: no library found, tried ${names.join(", ")}`, {
    hint: "install MPICH or Open MPI (Debian: mpich or openmpi-bin), or set TESSERA_MPI to the library's path",
  });
}

async function loadKoffi(): Promise<Koffi> {
  try {
    return (await import("koffi")).default as Koffi;
  } catch (cause) {
    const hint = "npm install koffi@2";
    throw new MissingMpiError("MPI: the optional package koffi, which calls it, is not installed", { hint, cause });
  }
}

function tryLoad(koffi: Koffi, name: string): IKoffiLib | undefined {
  try {
    // Open MPI's components look for the library's symbols among the global ones.
    return koffi.load(name, { global: true });
  } catch {
    return undefined;
  }
}

function describe(library: IKoffiLib, name: string): MpiLibrary {
  const version = versionOf(library, name);
  const family = familyOf(version);
  if (family === undefined) {
    throw new DistributedError(
      `MPI: ${name} is neither MPICH nor Open MPI: it calls itself ${JSON.stringify(version)}`,
    );
  }
  const abi = abis[family];
  const h = abi.handleType;
  const [p, int] = ["void *", "int"];
  const bind = (symbol: string, ...types: string[]) => library.func(`MPI_${symbol}`, int, types) as never;
  return {
    ...{ version: shortVersion(version), abi },
    handles: abi.handles((symbol) => library.symbol(symbol, "void")),
    initThread: bind("Init_thread", p, p, int, p),
    finalize: bind("Finalize"),
    rank: bind("Comm_rank", h, p),
    size: bind("Comm_size", h, p),
    setErrorHandler: bind("Comm_set_errhandler", h, h),
    errorString: bind("Error_string", int, p, p),
    abort: bind("Abort", h, int),
    test: bind("Test", p, p, p),
    beginAllGather: bind("Iallgather", p, int, h, p, int, h, h, p),
    beginAllGatherV: bind("Iallgatherv", p, int, h, p, p, p, h, h, p),
    beginAllToAllV: bind("Ialltoallv", p, p, p, h, p, p, p, h, h, p),
    beginBroadcast: bind("Ibcast", p, int, h, int, h, p),
  };
}

/** The one call besides initialization that MPI allows before it. */
function versionOf(library: IKoffiLib, name: string): string {
  const [text, length] = [new Uint8Array(8192), new Int32Array(1)];
  try {
    library.func("int MPI_Get_library_version(void *, void *)")(text, length);
  } catch (cause) {
    throw new DistributedError(`MPI: ${name} is no MPI library: it has no MPI_Get_library_version`, { cause });
  }
  return new TextDecoder().decode(text.subarray(0, length[0])).replace(/\0.*$/s, "");
}
