/** @file Stages that handle one item at a time: map, filter, take, skip, batch. */
import { type Cursor, DONE, indexedStage, item, type Stage, skipByWalking } from "./cursor.ts";
import { atRecord } from "./record-error.ts";

/** Where a function of a pipeline stands. */
export interface Place {
  /** Place of the item in its pass, from 0. */
  readonly index: number;
  readonly epoch: number;
}

/** A function of an item and its place, and of nothing else. */
export type MapFunction<T, U> = (value: T, place: Place) => U | Promise<U>;

/** Calls `fn`; its error names the record. */
export async function applyAt<T, U>(fn: MapFunction<T, U>, value: T, place: Place): Promise<U> {
  try {
    return await fn(value, place);
  } catch (error) {
    throw atRecord(error, value, place.index);
  }
}

export function mapStage<T, U>(source: Stage<T>, fn: MapFunction<T, U>): Stage<U> {
  const { length, at } = source;
  if (at && length !== undefined) {
    return indexedStage(length, async (index, epoch) => applyAt(fn, await at(index, epoch), { index, epoch }));
  }
  const open = (epoch: number): Cursor<U> => {
    const from = source.open(epoch);
    let index = 0;
    return {
      async next() {
        const result = await from.next();
        return result.done ? DONE : item(await applyAt(fn, result.value, { index: index++, epoch }));
      },
      async skip(count) {
        const passed = await from.skip(count);
        index += passed;
        return passed;
      },
      close: () => from.close(),
    };
  };
  return { length, open };
}

export function filterStage<T>(source: Stage<T>, keep: MapFunction<T, boolean>): Stage<T> {
  const open = (epoch: number): Cursor<T> => {
    const from = source.open(epoch);
    let index = 0;
    const next = async (): Promise<IteratorResult<T, undefined>> => {
      for (;;) {
        const result = await from.next();
        if (result.done) return DONE;
        if (await applyAt(keep, result.value, { index: index++, epoch })) return result;
      }
    };
    return { next, skip: (count) => skipByWalking({ next }, count), close: () => from.close() };
  };
  return { length: undefined, open };
}

export function takeStage<T>(source: Stage<T>, most: number): Stage<T> {
  const length = source.length === undefined ? undefined : Math.min(most, source.length);
  if (source.at && length !== undefined) return indexedStage(length, source.at);
  const open = (epoch: number): Cursor<T> => {
    const from = source.open(epoch);
    let left = most;
    return {
      async next() {
        return left-- > 0 ? from.next() : DONE;
      },
      async skip(count) {
        const passed = await from.skip(Math.min(count, Math.max(0, left)));
        left -= passed;
        return passed;
      },
      close: () => from.close(),
    };
  };
  return { length, open };
}

export function skipStage<T>(source: Stage<T>, first: number): Stage<T> {
  const { at } = source;
  const length = source.length === undefined ? undefined : Math.max(0, source.length - first);
  if (at && length !== undefined) return indexedStage(length, (index, epoch) => at(index + first, epoch));
  const open = (epoch: number): Cursor<T> => {
    const from = source.open(epoch);
    let begun = false;
    const begin = async () => {
      if (!begun) await from.skip(first);
      begun = true;
    };
    return {
      async next() {
        await begin();
        return from.next();
      },
      async skip(count) {
        await begin();
        return from.skip(count);
      },
      close: () => from.close(),
    };
  };
  return { length, open };
}

export function batchStage<T>(source: Stage<T>, size: number, dropRemainder: boolean): Stage<T[]> {
  const round = dropRemainder ? Math.floor : Math.ceil;
  const open = (epoch: number): Cursor<T[]> => {
    const from = source.open(epoch);
    return {
      async next() {
        const batch: T[] = [];
        while (batch.length < size) {
          const result = await from.next();
          if (result.done) break;
          batch.push(result.value);
        }
        const whole = batch.length === size || (batch.length > 0 && !dropRemainder);
        return whole ? item(batch) : DONE;
      },
      skip: async (count) => round((await from.skip(count * size)) / size),
      close: () => from.close(),
    };
  };
  return { length: source.length === undefined ? undefined : round(source.length / size), open };
}
