/** @file Who owns a tensor, and for how long. */
import { ScopeError } from "./errors.ts";
import { Tensor } from "./tensor.ts";

const scopes: Set<Tensor>[] = [];

/** Tensors that nobody has freed, with the place that made each; only filled while leaks are tracked. */
let tracked: Map<Tensor, string> | null = null;

/**
 * Runs `body`, then frees every tensor made inside it except those it returns (a tensor, or tensors in arrays and
 * plain objects at any depth). What is returned belongs to the enclosing scope, or to the caller where there is none.
 *
 * @param body synchronous; a promise is an error, because what runs after an `await` would be outside the scope
 * @throws ScopeError if `body` returns a promise
 */
export function scope<T>(body: () => T): T {
  const owned = new Set<Tensor>();
  scopes.push(owned);
  let result: T | undefined;
  let finished = false;
  try {
    result = body();
    if (result instanceof Promise) {
      throw new ScopeError("scope: the callback returned a promise", {
        hints: ["await outside of the scope: return tensors from it and read them afterwards"],
      });
    }
    finished = true;
  } finally {
    scopes.pop();
    if (finished) release(owned, result);
    for (const tensor of owned) tensor.dispose();
  }
  return result as T;
}

/** Moves the tensors inside `result` from a scope that ends to the one around it. */
function release(owned: Set<Tensor>, result: unknown): void {
  for (const tensor of tensorsIn(result)) {
    if (owned.delete(tensor)) scopes.at(-1)?.add(tensor);
  }
}

function* tensorsIn(value: unknown): Generator<Tensor> {
  if (value instanceof Tensor) yield value;
  else if (Array.isArray(value)) for (const entry of value) yield* tensorsIn(entry);
  else if (value && Object.getPrototypeOf(value) === Object.prototype) yield* tensorsIn(Object.values(value));
}

/** Hands a new tensor to the innermost scope. */
export function adopt(tensor: Tensor): void {
  scopes.at(-1)?.add(tensor);
  tracked?.set(tensor, callSite());
}

/** Called when a tensor is disposed. */
export function forget(tensor: Tensor): void {
  scopes.at(-1)?.delete(tensor);
  tracked?.delete(tensor);
}

/** Takes a tensor out of every scope because another tensor owns it now: a leak all the same if that one leaks. */
export function disown(tensor: Tensor): void {
  for (const owned of scopes) owned.delete(tensor);
}

/**
 * Takes a tensor out of every scope: it then lives until it is disposed, and is not reported as a leak. How parameters,
 * optimizer slots and running statistics outlive the scope around them.
 */
export function keep(tensor: Tensor): Tensor {
  for (const owned of scopes) owned.delete(tensor);
  tracked?.delete(tensor);
  return tensor;
}

/**
 * Notes every tensor made from now on together with the line that made it, until the returned function is called,
 * which gives one line for each that is still alive: `relu [32, 10], made at file.ts:12:3`. Slows every op down.
 */
export function trackLeaks(): () => string[] {
  const notes = new Map<Tensor, string>();
  tracked = notes;
  return () => {
    tracked = null;
    return [...notes].map(([tensor, site]) => `${tensor.origin} [${tensor.shape.join(", ")}], made at ${site}`);
  };
}

/** The first line of the stack outside of this package's sources and bundle, and of the engine's own frames. */
function callSite(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 50;
  const lines = (new Error().stack ?? "").split("\n").slice(1);
  Error.stackTraceLimit = limit;
  const own = /packages\/tensor\/(src|dist)\/(?!.*\.test\.)|@tessera\/tensor\/|<anonymous>|node:internal/;
  return (lines.find((line) => !own.test(line)) ?? lines.at(-1) ?? "unknown").trim().replace(/^at /, "");
}
