/** @file Stages that decide in which order, and how often, items come: shuffle, repeat, interleave, cache. */
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { type Cursor, DONE, indexedStage, item, type Stage, skipByWalking } from "./cursor.ts";
import { generator, permutation } from "./permutation.ts";
import { applyAt, type MapFunction } from "./transform-stages.ts";

/** Full where the window holds everything, else as tf.data shuffles: a window of items, one drawn, one refilled. */
export function shuffleStage<T>(source: Stage<T>, window: number, seed: number): Stage<T> {
  const { length, at } = source;
  if (at && length !== undefined && window >= length) return shuffleIndexed(length, at, seed);
  const open = (epoch: number): Cursor<T> => {
    const from = source.open(epoch);
    const random = generator("window", seed, epoch);
    const held: T[] = [];
    let ended = false;
    const next = async (): Promise<IteratorResult<T, undefined>> => {
      while (!ended && held.length < window) {
        const result = await from.next();
        if (result.done) ended = true;
        else held.push(result.value);
      }
      if (held.length === 0) return DONE;
      const drawn = uniformInt(random, 0, held.length - 1);
      const value = held[drawn]!;
      held[drawn] = held.at(-1)!;
      held.pop();
      return item(value);
    };
    // Which items lie in the window depends on every draw before: the source is read again, later stages are not.
    return { next, skip: (count) => skipByWalking({ next }, count), close: () => from.close() };
  };
  return { length, open };
}

/** Orders are computed once an epoch, not once an item. */
function shuffleIndexed<T>(length: number, at: NonNullable<Stage<T>["at"]>, seed: number): Stage<T> {
  let order: Uint32Array = new Uint32Array(0);
  let orderOf = -1;
  return indexedStage(length, (index, epoch) => {
    if (orderOf !== epoch) order = permutation(length, { seed, epoch });
    orderOf = epoch;
    return at(order[index]!, epoch);
  });
}

/** Pass p of epoch e is the source's epoch e · count + p, so that no two passes of a run are shuffled alike. */
export function repeatStage<T>(source: Stage<T>, count: number): Stage<T> {
  const epochOf = (epoch: number, pass: number) => (count === Number.POSITIVE_INFINITY ? epoch : epoch * count) + pass;
  const open = (epoch: number): Cursor<T> => {
    let pass = 0;
    let from: Cursor<T> | undefined;
    let given = 0;
    const advance = async (): Promise<void> => {
      await from?.close();
      from = undefined;
      // An endless repeat of a pass without items would never give one.
      pass = given === 0 && count === Number.POSITIVE_INFINITY ? count : pass + 1;
      given = 0;
    };
    return {
      async next() {
        while (pass < count) {
          from ??= source.open(epochOf(epoch, pass));
          const result = await from.next();
          if (!result.done) {
            given++;
            return result;
          }
          await advance();
        }
        return DONE;
      },
      async skip(total) {
        let done = 0;
        while (done < total && pass < count) {
          const wholePasses = !from && source.length ? Math.floor((total - done) / source.length) : 0;
          if (wholePasses > 0) {
            const passes = Math.min(wholePasses, count - pass);
            pass += passes;
            done += passes * source.length!;
            continue;
          }
          from ??= source.open(epochOf(epoch, pass));
          const passed = await from.skip(total - done);
          given += passed;
          done += passed;
          if (done < total) await advance();
        }
        return done;
      },
      async close() {
        pass = count;
        await from?.close();
      },
    };
  };
  const { length } = source;
  return { length: length === undefined ? undefined : length === 0 ? 0 : length * count, open };
}

/** How many inputs are read in turn, and how many items of each before the next one's turn. */
export interface InterleaveOptions {
  /** Default 2. */
  readonly cycleLength?: number;
  /** Default 1. */
  readonly blockLength?: number;
}

/** tf.data's order: `cycle` inputs in turn, `block` items of each; one that has ended is replaced in its turn. */
export function interleaveStage<T, U>(
  source: Stage<T>,
  fn: MapFunction<T, Stage<U>>,
  cycle: number,
  block: number,
): Stage<U> {
  const open = (epoch: number): Cursor<U> => {
    const inputs = source.open(epoch);
    const slots: (Cursor<U> | undefined)[] = Array.from({ length: cycle });
    let opened = 0;
    let turn = 0;
    let given = 0;
    let exhausted = false;
    const fill = async (): Promise<Cursor<U> | undefined> => {
      if (exhausted) return undefined;
      const input = await inputs.next();
      exhausted = input.done === true;
      if (input.done) return undefined;
      return (await applyAt(fn, input.value, { index: opened++, epoch })).open(epoch);
    };
    const pass = () => {
      turn = (turn + 1) % cycle;
      given = 0;
    };
    const next = async (): Promise<IteratorResult<U, undefined>> => {
      for (let idle = 0; idle < cycle; ) {
        slots[turn] ??= await fill();
        const result = await slots[turn]?.next();
        if (result && !result.done) {
          if (++given === block) pass();
          return result;
        }
        await slots[turn]?.close();
        slots[turn] = undefined;
        if (exhausted) idle++;
        pass();
      }
      return DONE;
    };
    return {
      next,
      skip: (count) => skipByWalking({ next }, count),
      async close() {
        exhausted = true;
        for (const slot of slots) await slot?.close();
        await inputs.close();
      },
    };
  };
  return { length: undefined, open };
}

/** Keeps the items of the first whole pass, which is the source's epoch 0 whichever epoch asks first. */
export function cacheStage<T>(source: Stage<T>): Stage<T> {
  let kept: readonly T[] | undefined;
  const open = (epoch: number): Cursor<T> => {
    if (kept) {
      const items = kept;
      return indexedStage(items.length, (index) => items[index]!).open(epoch);
    }
    const from = source.open(0);
    const items: T[] = [];
    const next = async (): Promise<IteratorResult<T, undefined>> => {
      const result = await from.next();
      if (result.done) kept ??= items;
      else items.push(result.value);
      return result;
    };
    return { next, skip: (count) => skipByWalking({ next }, count), close: () => from.close() };
  };
  return { length: source.length, open };
}
