import { checkInteger } from "../arguments.ts";
import { Dataset } from "./dataset.ts";

/**
 * Reads ahead: keeps up to `depth` items of `source` ready while the consumer works on another, as tf.data's
 * `prefetch` does. Order is kept; an error arrives where its item would have; leaving the loop closes the source.
 *
 * @param source what to read; pulled by one `next` at a time.
 * @param depth items kept ready; 0 reads only on demand.
 */
export function prefetch<T>(source: AsyncIterable<T>, depth: number): AsyncIterableIterator<T, undefined> {
  checkInteger("prefetch: depth", depth, 0);
  return Dataset.fromIterable(source).prefetch(depth).iterate();
}
