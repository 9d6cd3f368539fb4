import { describe, expect, it } from "vitest";
import {
  bytesFeature,
  decodeRecordStream,
  encodeExample,
  encodeRecord,
  type FeatureMap,
  floatFeature,
  int64Feature,
  summarizeExamples,
} from "./index.ts";

const summarize = (...examples: FeatureMap[]) =>
  summarizeExamples(
    decodeRecordStream(
      examples.map((each) => encodeRecord(encodeExample(each))),
      { source: "a" },
    ),
  );

describe("summarizeExamples", () => {
  it("finds names, kinds, lengths, ranges and labels", async () => {
    const summary = await summarize(
      { label: int64Feature([3]), image: bytesFeature("abc"), box: floatFeature([1, Number.NaN]) },
      { label: int64Feature([1]), image: bytesFeature("abcde"), box: floatFeature([-2]), extra: int64Feature([5]) },
      { label: int64Feature([3]), image: bytesFeature(), box: int64Feature([]), extra: { kind: "unset" } },
    );
    expect(summary).toMatchObject({ records: 3 });
    const none = { missing: 0, lengths: null, byteLengths: null, values: null, histogram: null };
    expect(summary.features).toEqual([
      { ...none, name: "box", kinds: { float: 2, int64: 1 }, lengths: { min: 0, max: 2 }, values: { min: -2, max: 1 } },
      {
        ...none,
        name: "extra",
        kinds: { int64: 1 },
        missing: 2,
        lengths: { min: 1, max: 1 },
        values: { min: 5n, max: 5n },
      },
      { ...none, name: "image", kinds: { bytes: 3 }, lengths: { min: 0, max: 1 }, byteLengths: { min: 3, max: 5 } },
      {
        ...{ ...none, name: "label", kinds: { int64: 3 }, lengths: { min: 1, max: 1 }, values: { min: 1n, max: 3n } },
        histogram: [
          [1n, 1],
          [3n, 2],
        ],
      },
    ]);
  });

  it("has no histogram of ids without end", async () => {
    const examples = Array.from({ length: 10_001 }, (_, i) => ({ id: int64Feature([i]) }));
    expect((await summarize(...examples.slice(0, 10_000))).features[0]!.histogram).toHaveLength(10_000);
    expect((await summarize(...examples)).features[0]!.histogram).toBeNull();
  });

  it("names the record that is no Example", async () => {
    const frames = [encodeRecord(encodeExample({})), encodeRecord(Uint8Array.of(0x0a, 9))];
    await expect(summarizeExamples(decodeRecordStream(frames, { source: "a" }))).rejects.toThrow(
      "a: record 1 (at byte 18): expected a length of at most 0 bytes",
    );
  });
});
