import type { TfRecord } from "./framing.ts";
import type { RandomBelow } from "./random.ts";

/** How many records wait in a shuffle's window. */
export interface WindowOptions {
  /** Records at most. */
  readonly bufferSize: number;
  /** Bytes of their data at most, but one record at least. */
  readonly bufferBytes: number;
}

/**
 * Shuffles a stream within a window, as `tf.data.Dataset.shuffle` does: a random record of the window comes next, and the
 * stream's next one takes its place. The order is a pure function of stream, window and random numbers.
 */
export async function* shuffleWindow(
  records: AsyncIterable<TfRecord>,
  random: RandomBelow,
  { bufferSize, bufferBytes }: WindowOptions,
): AsyncGenerator<TfRecord, void, undefined> {
  const window: TfRecord[] = [];
  let bytes = 0;
  const take = () => {
    const at = random(window.length);
    const taken = window[at]!;
    window[at] = window.at(-1)!;
    window.pop();
    bytes -= taken.data.length;
    return taken;
  };
  for await (const record of records) {
    while (window.length >= bufferSize || (window.length > 0 && bytes + record.data.length > bufferBytes)) yield take();
    // A view would keep all of the chunk alive that it was read with.
    window.push({ ...record, data: record.data.slice() });
    bytes += record.data.length;
  }
  while (window.length > 0) yield take();
}
