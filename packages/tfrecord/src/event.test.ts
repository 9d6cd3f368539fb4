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

  const fields = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

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
