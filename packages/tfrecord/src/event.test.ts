import fc from "fast-check";
import { describe, expect, it } from "vitest";
import goldens from "../goldens/tfrecord.json" with { type: "json" };
import {
  decodeEvent,
  decodeRecords,
  EVENT_FILE_VERSION,
  encodeEvent,
  encodeRecord,
  ProtobufError,
  type TfEvent,
} from "./index.ts";

const inputs: readonly TfEvent[] = goldens.events.inputs;
const file = Uint8Array.from(Buffer.from(goldens.events.file, "hex"));

describe("an event file that Google's protobuf wrote", () => {
  it("is read", () => expect([...decodeRecords(file)].map(({ data }) => decodeEvent(data))).toEqual(inputs));

  it("is written byte for byte", () => {
    expect(Buffer.concat(inputs.map((event) => encodeRecord(encodeEvent(event)))).toString("hex")).toBe(
      goldens.events.file,
    );
  });

  it("begins with the version", () => expect(inputs[0]!.fileVersion).toBe(EVENT_FILE_VERSION));
});

describe("events", () => {
  const value = fc.record({
    tag: fc.string({ unit: "grapheme" }),
    simpleValue: fc.option(fc.float().map(Math.fround)),
  });
  const what = fc.oneof(
    fc.constant({}),
    fc.record({ fileVersion: fc.string({ unit: "grapheme" }) }),
    fc.record({ summary: fc.array(value, { maxLength: 4 }) }),
  );
  const event = fc
    .tuple(fc.double(), fc.maxSafeInteger(), what)
    .map(([wallTime, step, rest]): TfEvent => ({ wallTime, step, ...rest }));

  it("come back", () => {
    fc.assert(
      fc.property(event, (value) => void expect(decodeEvent(encodeEvent(value))).toEqual(value)),
      { numRuns: 300 },
    );
  });

  const fields = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

  it("hold histograms, as histogram's message has its fields", () => {
    const histogram = { min: -1, max: 2, num: 3, sum: 0, sumSquares: 6, bucketLimit: [0, 2], bucket: [1, 2] };
    const summary = [{ tag: "w", simpleValue: null, histogram }];
    const double = (value: number) => {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleLE(value);
      return bytes.toString("hex");
    };
    // Field numbers of summary.proto: histo = 5; min 1, max 2, num 3, sum 4 (0 is left out), sum_squares 5, then packed
    // bucket_limit 6 and bucket 7. A tag is the number times 8, plus 1 for a double and 2 for bytes.
    const fieldsOf = ["09", double(-1), "11", double(2), "19", double(3), "29", double(6)];
    const lists = ["32 10", double(0), double(2), "3a 10", double(1), double(2)];
    const body = fields([...fieldsOf, ...lists].join(""));
    expect(body).toHaveLength(72);
    const golden = Buffer.concat([fields("2a 4f 0a 4d 0a0177 2a 48"), body]).toString("hex");
    expect(golden).toBe(
      "2a4f0a4d0a01772a4809000000000000f0bf1100000000000000401900000000000008402900000000000018403210000000000000000000000000000000403a10000000000000f03f0000000000000040",
    );
    const encoded = encodeEvent({ wallTime: 0, step: 0, summary });
    expect(Buffer.from(encoded).toString("hex")).toBe(golden);
    expect(decodeEvent(encoded)).toEqual({ wallTime: 0, step: 0, summary });
    // A list that is not packed, one number after the other, is the same list.
    const unpacked = decodeEvent(fields(`2a 16 0a 14 2a 12 31 ${double(5)} 31 ${double(7)}`));
    expect(unpacked.summary![0]!.histogram!.bucketLimit).toEqual([5, 7]);
    const both = { tag: "w", simpleValue: 1, histogram };
    expect(() => encodeEvent({ wallTime: 0, step: 0, summary: [both] })).toThrow("simpleValue or histogram, got both");
    const odd = { tag: "w", simpleValue: null, histogram: { ...histogram, bucket: [3] } };
    expect(() => encodeEvent({ wallTime: 0, step: 0, summary: [odd] })).toThrow("got 2 limits of 1 buckets");
  });

  it("cut or changed are refused or read, and nothing else happens", () => {
    const bytes = encodeEvent(inputs[1]!);
    fc.assert(
      fc.property(
        fc.nat({ max: bytes.length }),
        fc.nat({ max: bytes.length - 1 }),
        fc.nat({ max: 255 }),
        (cut, at, byte) => {
          const changed = bytes.slice();
          changed[at] = byte;
          try {
            decodeEvent(changed.subarray(0, cut));
          } catch (error) {
            expect(error).toBeInstanceOf(ProtobufError);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it.each<[string, string, TfEvent]>([
    ["a graph", "22 02 0a00", { wallTime: 0, step: 0 }],
    ["a summary after a version", "1a 01 61 2a 00", { wallTime: 0, step: 0, summary: [] }],
    ["a log message after a summary", "2a 00 32 00", { wallTime: 0, step: 0 }],
    [
      "a summary in two parts, one value a tensor",
      "2a 05 0a03 0a0161 2a 07 0a05 4203 080110",
      {
        wallTime: 0,
        step: 0,
        summary: [
          { tag: "a", simpleValue: null },
          { tag: "", simpleValue: null },
        ],
      },
    ],
    ["who wrote it, after the version", "1a 01 61 52 02 0a00", { wallTime: 0, step: 0, fileVersion: "a" }],
  ])("of other writers are read: %s", (_, text, expected) => {
    expect(decodeEvent(fields(text))).toEqual(expected);
  });

  it("have steps that a number holds", () => {
    expect(() => decodeEvent(fields("10 ffffffffffffffff7f"))).toThrow("expected a step within ±(2^53 − 1)");
    expect(() => encodeEvent({ wallTime: 0, step: 0.5 })).toThrow("encodeEvent: step: expected an integer");
    expect(() => encodeEvent({ wallTime: 0, step: 0, fileVersion: "a", summary: [] })).toThrow("got both");
  });
});
