/** Milliseconds that a computation may hold the event loop. */
const HOLD = 50;

/**
 * For long loops: `await breathe()` lets timers and signals through when it is time, and costs next to nothing when it
 * is not. Throws the signal's reason once it is aborted.
 */
export function breather(signal?: AbortSignal): () => Promise<void> {
  let last = performance.now();
  return async () => {
    signal?.throwIfAborted();
    if (performance.now() - last < HOLD) return;
    await new Promise((resolve) => setTimeout(resolve));
    last = performance.now();
  };
}
