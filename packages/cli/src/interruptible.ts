/** Runs `work` with a signal that Ctrl-C aborts; then `onStopped` says what is left, and the exit code is 130. */
export async function interruptible(
  work: (signal: AbortSignal) => Promise<void>,
  onStopped: () => void,
): Promise<void> {
  const stop = new AbortController();
  const onInterrupt = () => stop.abort();
  // More than once: npx hands the Ctrl-C of a terminal on to a process that has had it already.
  process.on("SIGINT", onInterrupt);
  try {
    await work(stop.signal);
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    onStopped();
    process.exitCode = 130;
  } finally {
    process.removeListener("SIGINT", onInterrupt);
  }
}
