/** @file Typed errors. A message is one line, `what: sentence`; hints follow on lines of their own. */

/** Base of every error that this package throws on purpose: a call that failed, a job whose ranks do not fit together. */
export class DistributedError extends Error {
  override readonly name: string = "DistributedError";

  constructor(sentence: string, { hint, cause }: { readonly hint?: string; readonly cause?: unknown } = {}) {
    super(hint === undefined ? sentence : `${sentence}\n  hint: ${hint}`, cause === undefined ? {} : { cause });
  }
}

/** There is no MPI on this machine, or nothing to call it with. A program may want to go on alone. */
export class MissingMpiError extends DistributedError {
  override readonly name = "MissingMpiError";
}

/** An argument that cannot be used. */
export class ArgumentError extends DistributedError {
  override readonly name = "ArgumentError";
}
