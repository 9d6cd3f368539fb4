/** @file What the main thread and the MPI thread tell each other. Arrays are views of shared memory. */
import type { NumberArray } from "../communicator.ts";
import type { Family } from "./abi.ts";

/** One collective call. */
export type Call =
  | { readonly kind: "allReduce"; readonly values: NumberArray; readonly mean: boolean }
  | { readonly kind: "broadcast"; readonly bytes: Uint8Array; readonly root: number }
  | { readonly kind: "allGather"; readonly bytes: Uint8Array; readonly into: Uint8Array }
  | { readonly kind: "barrier" }
  /** All are there, and none calls anything else before `close`. */
  | { readonly kind: "leave" }
  | { readonly kind: "close" };

/** What the MPI thread starts with. */
export interface Setup {
  /** A library to load in place of those that are looked for. */
  readonly library: string | undefined;
  /** Which family to look for first. */
  readonly prefer: Family;
  /** How many ranks the launcher says there are. */
  readonly size: number;
  /** How long a rank waits for the others before it gives the job up. */
  readonly timeoutSeconds: number;
  /** One shared word: 0, or 1 + the status with which to abort the job. */
  readonly control: Int32Array;
}

/** What went wrong, as an error does not survive the way between threads. */
export interface Failure {
  readonly kind: "missing" | "failed";
  readonly sentence: string;
  readonly hint?: string;
}

/** From the MPI thread: first whether it is there, then a line for each call in turn. */
export type Answer =
  | { readonly kind: "open"; readonly rank: number; readonly size: number; readonly library: string }
  | { readonly kind: "done" }
  | { readonly kind: "error"; readonly failure: Failure };
