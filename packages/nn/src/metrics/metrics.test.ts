import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  accuracyOf,
  ConfusionMatrix,
  intersectionOverUnion,
  meanIoU,
  mostConfused,
  perClass,
  weightedIoU,
} from "./confusion-matrix.ts";
import { argmaxRows, softmaxRows, topKShare } from "./scores.ts";
import { superclassesOf, superclassProbabilities, superclassReport } from "./superclasses.ts";

/** Worked by hand: 10 examples, of classes 0 (5), 1 (3), 2 (2), and none of 3. */
const matrix = new ConfusionMatrix(4, [3, 2, 0, 0, 1, 2, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]);

describe("a confusion matrix", () => {
  it("gives precision, recall, F1 and support by class", () => {
    expect(accuracyOf(matrix)).toBe(0.6);
    expect(perClass(matrix)).toEqual([
      { label: 0, support: 5, predicted: 4, precision: 3 / 4, recall: 3 / 5, f1: 6 / 9 },
      { label: 1, support: 3, predicted: 5, precision: 2 / 5, recall: 2 / 3, f1: 4 / 8 },
      { label: 2, support: 2, predicted: 1, precision: 1, recall: 1 / 2, f1: 2 / 3 },
      { label: 3, support: 0, predicted: 0, precision: Number.NaN, recall: Number.NaN, f1: Number.NaN },
    ]);
  });

  it("names the pairs that are confused most", () => {
    expect(mostConfused(matrix, 2)).toEqual([
      { label: 0, prediction: 1, count: 2, share: 2 / 5 },
      { label: 1, prediction: 0, count: 1, share: 1 / 3 },
    ]);
    expect(mostConfused(matrix)).toHaveLength(3);
  });

  it("gives IoU, its mean over classes that occur, and its mean by share of labels", () => {
    expect(intersectionOverUnion(matrix)).toEqual([3 / 6, 2 / 6, 1 / 2, Number.NaN]);
    expect(meanIoU(matrix)).toBeCloseTo((1 / 2 + 1 / 3 + 1 / 2) / 3, 15);
    expect(weightedIoU(matrix)).toBeCloseTo((5 / 2 + 3 / 3 + 2 / 2) / 10, 15);
  });

  it("leaves the ignored label out", () => {
    const pixels = new ConfusionMatrix(2);
    pixels.add([0, 255, 1, 1, 255], [0, 1, 0, 1, 7], { ignoreIndex: 255 });
    expect(Array.from(pixels.counts)).toEqual([1, 0, 1, 1]);
  });

  it("counts nothing of what has a wrong label", () => {
    const counted = new ConfusionMatrix(2);
    expect(() => counted.add([0, 1], [0, 2])).toThrow("prediction 1 must be a class of 0 to 1, got 2");
    expect(() => counted.add([0, -1], [0, 1])).toThrow("label 1 must be a class of 0 to 1, got -1");
    expect(() => counted.add([0], [])).toThrow("1 labels, but 0 predictions");
    expect(() => new ConfusionMatrix(2, [1, 2, 3])).toThrow("expected 4 counts, got 3");
    expect(() => new ConfusionMatrix(1, [0.5])).toThrow("counts[0] is no count: 0.5");
    expect(() => new ConfusionMatrix(0)).toThrow("classes must be a whole number of at least 1, got 0");
    expect(counted.total).toBe(0);
  });
});

const examples = fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { minLength: 1, maxLength: 60 });

function counted(pairs: readonly (readonly [number, number])[]): ConfusionMatrix {
  const result = new ConfusionMatrix(6);
  result.add(
    pairs.map(([label]) => label),
    pairs.map(([, prediction]) => prediction),
  );
  return result;
}

describe("properties", () => {
  it("supports and predictions sum to the examples, and recall weighted by support is accuracy", () => {
    fc.assert(
      fc.property(examples, (pairs) => {
        const result = counted(pairs);
        const rows = perClass(result);
        expect(rows.reduce((sum, { support }) => sum + support, 0)).toBe(pairs.length);
        expect(rows.reduce((sum, { predicted }) => sum + predicted, 0)).toBe(pairs.length);
        const found = rows.reduce((sum, { recall, support }) => sum + (support ? recall * support : 0), 0);
        expect(found / pairs.length).toBeCloseTo(accuracyOf(result), 12);
        expect(accuracyOf(result)).toBe(pairs.filter(([a, b]) => a === b).length / pairs.length);
      }),
    );
  });

  it("superclasses count as the examples mapped one by one", () => {
    const superclasses = [0, 1, 0, 2, 1, 2];
    fc.assert(
      fc.property(examples, (pairs) => {
        const { accuracy, errorsInside, errors } = superclassReport(counted(pairs), superclasses);
        const inside = pairs.filter(([a, b]) => superclasses[a] === superclasses[b]);
        const wrong = pairs.filter(([a, b]) => a !== b);
        expect(accuracy).toBe(inside.length / pairs.length);
        expect(errors).toBe(wrong.length);
        expect(errorsInside).toBe(inside.filter(([a, b]) => a !== b).length / wrong.length);
      }),
    );
  });

  it("IoU lies between 0 and recall and precision", () => {
    fc.assert(
      fc.property(examples, (pairs) => {
        const result = counted(pairs);
        const values = intersectionOverUnion(result);
        for (const { label, precision, recall } of perClass(result)) {
          const [iou, bounds] = [values[label]!, [precision, recall].filter((value) => !Number.isNaN(value))];
          expect(bounds.every((bound) => iou <= bound)).toBe(true);
        }
      }),
    );
  });
});

describe("superclasses", () => {
  it("are read off examples, and contradictions are named", () => {
    expect(Array.from(superclassesOf([2, 0, 1, 2], [1, 0, 1, 1], 3))).toEqual([0, 1, 1]);
    expect(() => superclassesOf([0, 1, 0], [0, 1, 1], 2)).toThrow("class 0 has superclasses 0 and 1 (example 2)");
    expect(Array.from(superclassesOf([0], [0], 2))).toEqual([0, -1]);
    expect(() => superclassReport(matrix, [0, 1])).toThrow("expected one for each of 4 classes, got 2");
  });

  it("have their classes' probabilities, summed", () => {
    const sums = superclassProbabilities(Float32Array.of(0.5, 0.25, 0.25, 0, 0.125, 0.875), [1, 0, 0]);
    expect(Array.from(sums)).toEqual([0.5, 0.5, 1, 0]);
  });
});

describe("scores", () => {
  it("softmax, best class and top-k agree with what is worked by hand", () => {
    const logits = Float32Array.of(1000, 1000, 0, Math.log(1), Math.log(2), Math.log(5));
    expect(Array.from(softmaxRows(logits, 3), (value) => Number(value.toFixed(6)))).toEqual([
      0.5, 0.5, 0, 0.125, 0.25, 0.625,
    ]);
    expect(Array.from(argmaxRows(logits, 3))).toEqual([0, 2]);
    expect(topKShare(logits, [1, 0], 3, 1)).toBe(0);
    expect(topKShare(logits, [1, 0], 3, 2)).toBe(0.5);
    expect(topKShare(logits, [1, 0], 3, 3)).toBe(1);
    expect(() => argmaxRows(logits, 4)).toThrow("expected rows of 4 scores, got 6 values");
  });
});
