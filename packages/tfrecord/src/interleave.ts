/** How records of several sources follow one another, as `tf.data.Dataset.interleave` says. */
export interface InterleaveOptions {
  /** Sources that are read in turns. */
  readonly cycleLength: number;
  /** Records that are taken from a source at its turn. */
  readonly blockLength: number;
}

/** A source that is open, and its next item, which is being made while others have their turn. */
interface Slot<T> {
  readonly iterator: AsyncIterator<T>;
  next: Promise<IteratorResult<T>>;
}

/**
 * Takes turns between `cycleLength` sources, `blockLength` items at a time; the next source takes the place of one that
 * has ended, when its turn comes. The order is tf.data's for the same sources, whichever is ready first; the next item of
 * every source of the cycle is made at the same time.
 */
export async function* interleave<T>(
  sources: readonly (() => AsyncIterator<T>)[],
  { cycleLength, blockLength }: InterleaveOptions,
): AsyncGenerator<T, void, undefined> {
  let opened = 0;
  const open = (): Slot<T> | null => {
    const iterator = sources[opened++]?.();
    return iterator === undefined ? null : { iterator, next: ahead(iterator) };
  };
  const cycle = Array.from({ length: Math.min(cycleLength, sources.length) }, open);
  try {
    for (let turn = 0; cycle.some((slot) => slot !== null); turn = (turn + 1) % cycle.length) {
      const slot = cycle[turn]!;
      if (slot === null) continue;
      for (let taken = 0; taken < blockLength; taken++) {
        const { done, value } = await slot.next;
        if (done) {
          cycle[turn] = open();
          break;
        }
        slot.next = ahead(slot.iterator);
        yield value;
      }
    }
  } finally {
    await Promise.all(cycle.map((slot) => slot?.iterator.return?.()));
  }
}

/** Whoever waits for the item hears of its error; nobody may. */
function ahead<T>(iterator: AsyncIterator<T>): Promise<IteratorResult<T>> {
  const next = iterator.next();
  next.catch(() => undefined);
  return next;
}
