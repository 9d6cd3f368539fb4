/** @file What a stage of a pipeline is, before it is a `Dataset`. */

/** A walk through one pass over a stage. Only one call at a time. */
export interface Cursor<T> {
  next(): Promise<IteratorResult<T, undefined>>;
  /** Passes over `count` items, or as many as there are; gives how many. As cheap as the stage can make it. */
  skip(count: number): Promise<number>;
  /** Lets go of what it holds; may be called at any time, and more than once. */
  close(): Promise<void>;
}

/** One step of a pipeline. What it gives is a pure function of the epoch. */
export interface Stage<T> {
  /** Items of a pass; undefined where only walking tells. */
  readonly length: number | undefined;
  open(epoch: number): Cursor<T>;
  /** The item at a place, where that can be had without those before it. */
  readonly at?: ((index: number, epoch: number) => T | Promise<T>) | undefined;
}

export const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

export function item<T>(value: T): IteratorYieldResult<T> {
  return { done: false, value };
}

/** A cursor that passes over items by making them: for stages that must. */
export async function skipByWalking<T>(cursor: Pick<Cursor<T>, "next">, count: number): Promise<number> {
  for (let done = 0; done < count; done++) if ((await cursor.next()).done) return done;
  return count;
}

/** A stage that can give any item by its place. */
export function indexedStage<T>(length: number, at: (index: number, epoch: number) => T | Promise<T>): Stage<T> {
  const open = (epoch: number): Cursor<T> => {
    let next = 0;
    return {
      next: async () => (next < length ? item(await at(next++, epoch)) : DONE),
      async skip(count) {
        const passed = Math.min(count, length - next);
        next += passed;
        return passed;
      },
      async close() {
        next = length;
      },
    };
  };
  return { length, at, open };
}

/** A stage that reads something iterable anew in each pass. */
export function iterableStage<T>(iterate: (epoch: number) => Iterable<T> | AsyncIterable<T>): Stage<T> {
  const open = (epoch: number): Cursor<T> => {
    let iterator: Iterator<T> | AsyncIterator<T> | undefined;
    let closed = false;
    const next = async (): Promise<IteratorResult<T, undefined>> => {
      if (closed) return DONE;
      iterator ??= begin(iterate(epoch));
      const result = await iterator.next();
      if (result.done) closed = true;
      return result.done ? DONE : result;
    };
    return {
      next,
      skip: (count) => skipByWalking({ next }, count),
      async close() {
        if (!closed) await iterator?.return?.();
        closed = true;
      },
    };
  };
  return { length: undefined, open };
}

function begin<T>(items: Iterable<T> | AsyncIterable<T>): Iterator<T> | AsyncIterator<T> {
  return Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
}
