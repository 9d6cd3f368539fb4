import { checkInteger } from "../arguments.ts";

/**
 * Reads ahead: keeps up to `depth` items of `source` ready while the consumer works on another, as tf.data's
 * `prefetch` does. Order is kept; an error arrives where its item would have; leaving the loop closes the source.
 *
 * @param source what to read; pulled by one `next` at a time.
 * @param depth items kept ready; 0 reads only on demand.
 */
export async function* prefetch<T>(source: AsyncIterable<T>, depth: number): AsyncGenerator<T, void, undefined> {
  checkInteger("prefetch: depth", depth, 0);
  const iterator = source[Symbol.asyncIterator]();
  const ready: Promise<IteratorResult<T>>[] = [];
  let last: Promise<unknown> = Promise.resolve();
  const pull = () => {
    const next = last.then(() => iterator.next());
    // Whoever takes the item sees its failure; until then it must not count as unhandled.
    next.catch(() => {});
    last = next;
    ready.push(next);
  };
  try {
    for (;;) {
      while (ready.length < depth + 1) pull();
      const item = await ready.shift()!;
      if (item.done) return;
      yield item.value;
    }
  } finally {
    await last.catch(() => {});
    await iterator.return?.();
  }
}
