/** @file The stage behind `prefetch` and `parallelMap`: items made before they are asked for, in order. */
import { type Cursor, DONE, item, type Stage } from "./cursor.ts";
import { applyAt, type MapFunction } from "./transform-stages.ts";

/** Bounds on what is made ahead. */
export interface ReadAheadOptions {
  /** Bytes that items made ahead may hold; one item is always let through. Default: no bound. */
  readonly byteBudget?: number;
  /** Bytes of an item. Default: those of the typed arrays in it. */
  readonly sizeOf?: (value: never) => number;
}

/** Does a pipeline's work elsewhere: in threads or processes. Opened for each pass and closed with it. */
export interface Workers<T, U> {
  /** How many work at once. */
  readonly count?: number;
  open(): { run: MapFunction<T, U>; close(): Promise<void> };
}

interface Slot<U> {
  readonly promise: Promise<IteratorResult<U, undefined>>;
  bytes: number | undefined;
  ready: boolean;
}

/** How many items may be in the making or ready: while the consumer waits for one, and while it does not. */
interface Capacity {
  readonly waiting: number;
  readonly idle: number;
  /** Both grow by one whenever an item is asked for that is not ready, up to so many more. Default: 0. */
  readonly growth?: number;
}

/** Reads `source` one item at a time, and works on as many at once as `capacity` lets in. */
export function readAheadStage<T, U>(
  source: Stage<T>,
  work: MapFunction<T, U> | Workers<T, U>,
  capacity: Capacity,
  { byteBudget = Number.POSITIVE_INFINITY, sizeOf = bytesIn }: ReadAheadOptions,
): Stage<U> {
  const open = (epoch: number) =>
    new ReadAhead<T, U>(source.open(epoch), epoch, work, capacity, byteBudget, sizeOf as (value: U) => number);
  return { length: source.length, open };
}

class ReadAhead<T, U> implements Cursor<U> {
  readonly #slots: Slot<U>[] = [];
  /** The read in progress, or the last one: the source takes one call at a time. */
  #reading: Promise<unknown> = Promise.resolve();
  #index = 0;
  #greatest = 0;
  #ended = false;
  #waiting = false;
  #grown = 0;
  #workers: ReturnType<Workers<T, U>["open"]> | undefined;
  #closing: Promise<void> | undefined;

  constructor(
    private readonly source: Cursor<T>,
    private readonly epoch: number,
    private readonly work: MapFunction<T, U> | Workers<T, U>,
    private readonly capacity: Capacity,
    private readonly budget: number,
    private readonly sizeOf: (value: U) => number,
  ) {}

  async next(): Promise<IteratorResult<U, undefined>> {
    if (this.#closing) return DONE;
    this.#waiting = true;
    const late = this.#slots[0]?.ready === false;
    if (late && this.#grown < (this.capacity.growth ?? 0)) this.#grown++;
    this.#fill();
    const slot = this.#slots[0];
    if (!slot) return DONE;
    const result = await slot.promise;
    this.#slots.shift();
    this.#waiting = false;
    return result;
  }

  async skip(count: number): Promise<number> {
    let done = 0;
    while (done < count && this.#slots.length > 0) {
      if ((await this.next()).done) return done;
      done++;
    }
    if (this.#ended) return done;
    const passed = await this.source.skip(count - done);
    this.#index += passed;
    return done + passed;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#ended = true;
    await Promise.allSettled(this.#slots.map(({ promise }) => promise));
    await this.source.close();
    await this.#workers?.close();
  }

  /** Starts what may be started; called when an item is asked for, and when the size of one has become known. */
  #fill(): void {
    const capacity = this.#grown + (this.#waiting ? this.capacity.waiting : this.capacity.idle);
    while (!this.#ended && this.#slots.length < capacity && this.#affordable()) this.#start();
  }

  #affordable(): boolean {
    if (this.#slots.length === 0 || this.budget === Number.POSITIVE_INFINITY) return true;
    // Until a first size is known, one item at a time; then those in progress count as the greatest seen.
    if (this.#greatest === 0) return this.#slots.every(({ bytes }) => bytes !== undefined);
    const held = this.#slots.reduce((sum, { bytes = this.#greatest }) => sum + bytes, 0);
    return held + this.#greatest <= this.budget;
  }

  #start(): void {
    const index = this.#index++;
    const read = this.#reading.then(() => (this.#ended ? DONE : this.source.next()));
    this.#reading = read.catch(() => {});
    const promise = read.then(async (result): Promise<IteratorResult<U, undefined>> => {
      if (result.done) {
        this.#ended = true;
        return DONE;
      }
      const value = await applyAt(this.#run(), result.value, { index, epoch: this.epoch });
      slot.bytes = this.budget === Number.POSITIVE_INFINITY ? 0 : this.sizeOf(value);
      slot.ready = true;
      this.#greatest = Math.max(this.#greatest, slot.bytes);
      this.#fill();
      return item(value);
    });
    const slot: Slot<U> = { promise, bytes: undefined, ready: false };
    // Whoever takes the item sees its failure; until then it must not count as unhandled.
    promise.catch(() => {
      this.#ended = true;
    });
    this.#slots.push(slot);
  }

  #run(): MapFunction<T, U> {
    if (typeof this.work === "function") return this.work;
    this.#workers ??= this.work.open();
    return this.#workers.run;
  }
}

/** Bytes of the typed arrays and text in a value, to a depth of three. */
function bytesIn(value: unknown, depth = 3): number {
  if (typeof value === "string") return 2 * value.length;
  if (typeof value !== "object" || value === null) return 8;
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value.byteLength;
  if (depth === 0) return 8;
  return Object.values(value).reduce<number>((sum, part) => sum + bytesIn(part, depth - 1), 8);
}
