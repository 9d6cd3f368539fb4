import { checkInteger, show } from "../arguments.ts";
import { ArgumentError } from "../errors.ts";
import { type ImageSet, type Pixels, selectRows } from "../image-set.ts";
import { generator, shuffle } from "./permutation.ts";

/**
 * Splits off a validation set that has the same share of each class, as scikit-learn's
 * `train_test_split(stratify=labels)` does.
 *
 * Of a class with n images, round(fraction · n) go to validation, chosen at random; both parts keep the order of the
 * set. Where each pixel has a class, the images count as one class. A pure function of (labels, fraction, seed).
 *
 * @param set the images to split.
 * @param fraction share that goes to validation, strictly between 0 and 1.
 * @param seed integer from 0. Default 0.
 * @throws ArgumentError when the fraction leaves either part empty.
 *
 * @example
 * const { train, validation } = stratifiedSplit(cifar.train, 0.1, 7); // 45 000 and 5 000 images
 */
export function stratifiedSplit<P extends Pixels>(
  set: ImageSet<P>,
  fraction: number,
  seed = 0,
): { train: ImageSet<P>; validation: ImageSet<P> } {
  if (!(typeof fraction === "number" && fraction > 0 && fraction < 1)) {
    throw new ArgumentError(`stratifiedSplit: fraction: expected a number between 0 and 1, got ${show(fraction)}`);
  }
  checkInteger("stratifiedSplit: seed", seed, 0);
  const held = new Uint8Array(set.shape[0]);
  for (const [label, rows] of rowsByClass(set.labelShape ? new Int32Array(held.length) : set.labels)) {
    const order = Uint32Array.from(rows);
    shuffle(order, generator("split", seed, label));
    for (const row of order.subarray(0, Math.round(fraction * order.length))) held[row] = 1;
  }
  const validation = rowsWhere(held, 1);
  if (validation.length === 0 || validation.length === held.length) {
    const problem = `leaves ${validation.length} of ${held.length} images for validation`;
    throw new ArgumentError(
      `stratifiedSplit: fraction: expected a share that fills both parts; ${fraction} ${problem}`,
    );
  }
  return { train: selectRows(set, rowsWhere(held, 0)), validation: selectRows(set, validation) };
}

function rowsByClass(labels: Int32Array): Map<number, number[]> {
  const rows = new Map<number, number[]>();
  for (const [row, label] of labels.entries()) {
    const known = rows.get(label);
    if (known) known.push(row);
    else rows.set(label, [row]);
  }
  return rows;
}

function rowsWhere(held: Uint8Array, value: number): number[] {
  const rows: number[] = [];
  for (const [row, part] of held.entries()) if (part === value) rows.push(row);
  return rows;
}
