import { Cursor } from "./cursor.ts";
import { build, describe, findGlobal, Global, type Item, type Maker } from "./globals.ts";
import { decodeStr, latin1 } from "./text.ts";
import type { PickleEncoding, PickleKey, PickleLimits, PickleValue } from "./value.ts";

/** The stack machine that a pickle programs: its stack, marks and memo, all bounded. */
export class Machine extends Cursor implements Maker {
  private readonly stack: Item[] = [];
  private readonly marks: number[] = [];
  private readonly memo = new Map<number, Item>();
  private spent = 0;

  constructor(
    bytes: Uint8Array,
    private readonly limits: PickleLimits,
    private readonly encoding: PickleEncoding,
  ) {
    super(bytes);
    // What Python writes is never larger as arrays than as a pickle; more is the same bytes taken again and again.
    this.budget = limits.bytes + 4 * bytes.length;
  }

  private readonly budget: number;

  spend(bytes: number): void {
    this.spent += bytes;
    if (this.spent > this.budget) this.fail(`the pickle unfolds to more than ${this.budget} bytes`);
  }

  /** The str of Python 2. */
  pushStr(bytes: Uint8Array): void {
    const { encoding } = this;
    if (encoding === "bytes") this.push(bytes);
    else this.push(decodeStr(bytes, encoding) ?? this.fail(`expected text in ${encoding}, found other bytes`));
  }

  push(item: Item): void {
    if (this.stack.length >= this.limits.stack) this.fail(`more than ${this.limits.stack} values on the stack`);
    this.stack.push(item);
  }

  pop(): Item {
    const floor = this.marks.at(-1) ?? 0;
    if (this.stack.length <= floor) this.fail("expected a value on the stack, found none");
    return this.stack.pop()!;
  }

  top(): Item {
    const item = this.pop();
    this.stack.push(item);
    return item;
  }

  mark(): void {
    if (this.marks.length >= this.limits.depth) this.fail(`more than ${this.limits.depth} open marks`);
    this.marks.push(this.stack.length);
  }

  /** The items above the last mark; the mark goes too. */
  popToMark(): Item[] {
    const height = this.marks.pop();
    return height === undefined ? this.fail("expected a mark on the stack, found none") : this.stack.splice(height);
  }

  /** POP takes a mark where one is on top. */
  discard(): void {
    if (this.marks.at(-1) === this.stack.length) this.marks.pop();
    else this.pop();
  }

  remember(index: number): void {
    if (this.memo.size >= this.limits.memo) this.fail(`more than ${this.limits.memo} values in the memo`);
    this.memo.set(index, this.top());
  }

  memoize(): void {
    this.remember(this.memo.size);
  }

  recall(index: number): void {
    const item = this.memo.get(index);
    this.push(item === undefined ? this.fail(`memo entry ${index} was never set`) : item);
  }

  /** A tuple is a frozen array, so that no later instruction can append to it. */
  pushTuple(items: Item[]): void {
    this.push(Object.freeze(items) as PickleValue[]);
  }

  pushTupleOf(count: number): void {
    const items = Array.from({ length: count }, () => this.pop());
    this.pushTuple(items.reverse());
  }

  append(items: Item[]): void {
    const list = this.top();
    if (!Array.isArray(list) || Object.isFrozen(list))
      this.fail(`expected a list to append to, found ${describe(list)}`);
    for (const item of items) list.push(item as PickleValue);
  }

  setItems(items: Item[]): void {
    const dict = this.top();
    if (!(dict instanceof Map)) this.fail(`expected a dict, found ${describe(dict)}`);
    if (items.length % 2 !== 0) this.fail(`expected pairs of key and value, found ${items.length} items`);
    if (dict.size + items.length / 2 > this.limits.stack) this.fail(`more than ${this.limits.stack} keys in a dict`);
    for (let i = 0; i < items.length; i += 2) dict.set(this.key(items[i]!), items[i + 1] as PickleValue);
  }

  pushGlobal(module: string, name: string): void {
    const full = `${module}.${name}`;
    this.push(findGlobal(full) ?? this.refuse(full));
  }

  refuse(global: string): never {
    const shown = JSON.stringify(global.slice(0, 100)).slice(1, -1);
    return this.fail(
      `the pickle asks for ${shown}, which is not allowed: only numbers, text, lists, dicts and numpy arrays are read`,
      global,
    );
  }

  reduce(): void {
    const args = this.pop();
    const callable = this.pop();
    if (!(callable instanceof Global) || !callable.call) {
      const global = callable instanceof Global ? callable.name : undefined;
      this.fail(`${describe(callable)} may not be called`, global);
    }
    if (!Array.isArray(args)) this.fail(`expected a tuple of arguments, found ${describe(args)}`);
    this.push(callable.call(args, this));
  }

  build(): void {
    const state = this.pop();
    build(this.top(), state, this);
  }

  private key(item: Item): PickleKey {
    if (item instanceof Uint8Array) {
      // The same bytes may be the key of a million items: each time they are made text anew.
      this.spend(item.length);
      return latin1(item);
    }
    if (item !== null && typeof item === "object")
      return this.fail(`expected a plain key for a dict, found ${describe(item)}`);
    return item;
  }
}
