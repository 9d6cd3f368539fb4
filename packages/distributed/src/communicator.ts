/** @file What every communicator can do. */

/** Numbers that can be reduced. Views of a `SharedArrayBuffer` are worked on in place; others are copied there and back. */
export type NumberArray = Float32Array | Float64Array | Int32Array;

/** What {@link Communicator.allReduce} makes of the ranks' values: their sum, or their sum over the number of ranks. */
export type Reduction = "sum" | "mean";

/**
 * The processes of one job, seen from one of them. All ranks make the same calls in the same order; a call that some
 * rank makes differently fails on all of them, naming both. An array belongs to the communicator until the promise of
 * its call settles. Calls may overlap; they are carried out one after the other.
 */
export interface Communicator extends AsyncDisposable {
  /** Which process this is: 0 … `size` − 1. */
  readonly rank: number;
  /** How many processes there are. */
  readonly size: number;
  /** What carries the calls, as "Open MPI v4.1.4". */
  readonly library: string;

  /**
   * values ← Σ_r values_r, or that over `size`, elementwise, on every rank. Sums are taken in float64 in the order of the
   * ranks and rounded once, so all ranks hold the same bits, and the same job gives them again, whatever MPI is beneath
   * and however the ranks are placed. int32 wraps around, and has no mean.
   *
   * @param values of the same type and length on every rank; changed in place
   * @param reduction default: "sum"
   */
  allReduce(values: NumberArray, reduction?: Reduction): Promise<void>;

  /**
   * values ← values of `root`, on every rank.
   *
   * @param values of the same number of bytes on every rank; changed in place
   * @param root default: 0
   */
  broadcast(values: NumberArray | Uint8Array, root?: number): Promise<void>;

  /**
   * into ← values_0, values_1, …, on every rank.
   *
   * @param values of the same number of bytes on every rank
   * @param into of the same type, and `size` times as long
   */
  allGather<Values extends NumberArray | Uint8Array>(values: Values, into: Values): Promise<void>;

  /** Settles when every rank has called it. */
  barrier(): Promise<void>;

  /**
   * Ends all processes of the job, this one included, at once: for a rank that cannot go on.
   *
   * @param reason one line, which goes to standard error with the rank's number before it
   * @param code exit status. Default: 1
   */
  abort(reason: string, code?: number): Promise<never>;

  /** Leaves the job, once every rank has called it. A process that ends without it fails the job. */
  close(): Promise<void>;
}
