import { Global, type Item } from "./globals.ts";
import { NumpyArray, NumpyDtype } from "./numpy.ts";
import type { PickleValue } from "./value.ts";

/**
 * What keeps a finished value from being plain data, or undefined: a container inside itself, containers nested deeper
 * than `depth`, a bare class. After this check a caller may walk the value recursively.
 *
 * Heights are kept a container, so that shared parts are walked once; the walk itself does not recurse.
 */
export function findFlaw(root: Item, depth: number): string | undefined {
  const heights = new Map<object, number>();
  const open: {
    container: object;
    children: Iterator<PickleValue>;
    height: number;
  }[] = [];
  const visit = (item: Item): string | undefined => {
    if (item instanceof Global || item instanceof NumpyDtype) return "the pickle holds a class where a value should be";
    const children = childrenOf(item);
    if (children === undefined) return undefined;
    const container = item as object;
    const height = heights.get(container);
    if (height === 0) return "the pickle holds a container inside itself";
    if (height !== undefined) return close(height);
    heights.set(container, 0);
    open.push({ container, children, height: 1 });
    return undefined;
  };
  const close = (height: number): string | undefined => {
    const parent = open.at(-1);
    if (parent) parent.height = Math.max(parent.height, height + 1);
    return height + open.length > depth ? `the pickle nests containers more than ${depth} deep` : undefined;
  };
  let flaw = visit(root);
  while (open.length > 0 && flaw === undefined) {
    const current = open.at(-1)!;
    const next = current.children.next();
    if (!next.done) {
      flaw = visit(next.value);
      continue;
    }
    open.pop();
    heights.set(current.container, current.height);
    flaw = close(current.height);
  }
  return flaw;
}

/** What a container holds; undefined for another item. */
function childrenOf(item: Item): Iterator<PickleValue> | undefined {
  if (Array.isArray(item) || item instanceof Map) return item.values();
  return item instanceof NumpyArray && Array.isArray(item.data) ? item.data.values() : undefined;
}
