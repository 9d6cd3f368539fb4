/** @file What training needs of the processes that it is spread over. `@tessera/distributed` opens such a communicator. */

/** Numbers that are reduced. */
type Numbers = Float32Array | Float64Array | Int32Array;

/** Processes that train together, seen from one of them. All make the same calls in the same order. */
export interface RankCommunicator {
  /** Which process this is: 0 … `size` − 1. */
  readonly rank: number;
  readonly size: number;
  /** values ← Σ over the ranks in their order, the same bits on every rank. Views of shared memory are not copied. */
  allReduce(values: Numbers, reduction?: "sum" | "mean"): Promise<void>;
  /** values ← those of `root`. */
  broadcast(values: Numbers | Uint8Array, root?: number): Promise<void>;
  /** into ← the values of rank 0, of rank 1, … */
  allGather<Values extends Numbers | Uint8Array>(values: Values, into: Values): Promise<void>;
}

/** How training is spread over processes. */
export interface DistributedOptions {
  readonly communicator: RankCommunicator;
  /**
   * Whose statistics batch normalisation uses in training: those of the whole batch, as one process would, or each rank
   * those of its part, which spares two exchanges a layer. Moving statistics are the same on all ranks either way: of
   * parts, they are averaged. Default: `"synchronised"`.
   */
  readonly batchNorm?: "synchronised" | "perRank";
}
