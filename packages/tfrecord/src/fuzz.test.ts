/** @file Hostile bytes: an error of this package's, or data that were there; never another error, never more than was given. */
import { deflateSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  bytes,
  bytesFeature,
  decodeEvent,
  decodeExample,
  decodeIndex,
  decodeRecordStream,
  encodeEvent,
  encodeExample,
  encodeRecord,
  float,
  floatFeature,
  int64,
  int64Feature,
  parseExample,
  type RecordLoss,
  TfRecordError,
  text,
} from "./index.ts";

const example = encodeExample({
  label: int64Feature([3]),
  ids: int64Feature([1n, -1n, 2n ** 62n]),
  image_raw: bytesFeature(new Uint8Array(40).fill(7), "text"),
  box: floatFeature([0.5, 1, 1.5, 2]),
});
const event = encodeEvent({ wallTime: 1.5, step: 7, summary: [{ tag: "loss", simpleValue: 4.5 }] });
const file = Uint8Array.from(Buffer.concat([example, event, new Uint8Array(0), example].map(encodeRecord)));
const schema = {
  label: int64({ as: "number", default: 0 }),
  ids: int64({ varLen: true }),
  image_raw: bytes({ varLen: true }),
  box: float({ shape: [4] }),
  name: text({ default: "" }),
};

/** Bytes put in, left out and changed, at places near which there is something. */
function mutated(original: Uint8Array): fc.Arbitrary<Uint8Array> {
  const edit = fc.tuple(fc.nat(original.length), fc.nat(12), fc.uint8Array({ maxLength: 12 }));
  return fc.array(edit, { minLength: 1, maxLength: 5 }).map((edits) =>
    edits.reduce<Uint8Array>((before, [at, gone, put]) => {
      const place = Math.min(at, before.length);
      return Uint8Array.from(Buffer.concat([before.subarray(0, place), put, before.subarray(place + gone)]));
    }, original),
  );
}

const hostile = (original: Uint8Array) => fc.oneof(fc.uint8Array({ maxLength: 300, size: "max" }), mutated(original));

/** What a call gives, or `null` where it refuses. */
function attempt<T>(call: () => T): T | null {
  try {
    return call();
  } catch (error) {
    expect(error).toBeInstanceOf(TfRecordError);
    expect((error as Error).message).not.toContain("undefined");
    return null;
  }
}

describe("hostile bytes", () => {
  it("as Examples hold no more values than they have bytes", () => {
    fc.assert(
      fc.property(hostile(example), (given) => {
        const decoded = attempt(() => decodeExample(given));
        for (const feature of decoded?.values() ?? []) {
          if (feature.kind === "bytes") {
            for (const value of feature.values) expect(value.length).toBeLessThanOrEqual(given.length);
          } else if (feature.kind !== "unset") expect(feature.values.length).toBeLessThanOrEqual(given.length);
        }
        const parsed = attempt(() => parseExample(given, schema));
        if (parsed)
          expect([typeof parsed.label, parsed.box.length, typeof parsed.name]).toEqual(["number", 4, "string"]);
      }),
      { numRuns: 3000 },
    );
  });

  it("as events", () => {
    fc.assert(
      fc.property(hostile(event), (given) => {
        const decoded = attempt(() => decodeEvent(given));
        if (decoded) expect(Number.isSafeInteger(decoded.step)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ["none", file],
    ["gzip", Uint8Array.from(gzipSync(file))],
    ["zlib", Uint8Array.from(deflateSync(file))],
  ] as const)(
    "as a stream of %s give what was written or an error, recovered from or not",
    async (compression, original) => {
      const written = [example, event, new Uint8Array(0)].map((data) => Buffer.from(data).toString("hex"));
      await fc.assert(
        fc.asyncProperty(
          mutated(original),
          fc.integer({ min: 1, max: 400 }),
          fc.boolean(),
          async (given, size, recovers) => {
            const chunks = Array.from({ length: Math.ceil(given.length / size) }, (_, i) =>
              given.subarray(i * size, (i + 1) * size),
            );
            const losses: RecordLoss[] = [];
            const onLoss = recovers ? (loss: RecordLoss) => losses.push(loss) : undefined;
            let failed = false;
            let count = 0;
            try {
              for await (const { data } of decodeRecordStream(chunks, { compression, onLoss })) {
                expect(written).toContain(Buffer.from(data).toString("hex"));
                count++;
              }
            } catch (error) {
              expect(error).toBeInstanceOf(TfRecordError);
              failed = true;
            }
            // A loss is never silent: fewer records come with an error, with a loss, or because whole frames were cut out.
            if (recovers) expect(failed).toBe(false);
            if (count < 4 && !failed && losses.length === 0 && compression === "none") {
              const frames = [example, event, new Uint8Array(0), example].map((data) => data.length + 16);
              expect(given.length).toBeLessThan(file.length);
              expect(frames).toContain(file.length - given.length);
            }
          },
        ),
        { numRuns: 400 },
      );
    },
  );

  it("as an index", () => {
    const line = fc.tuple(
      fc.constantFrom("0", "16", "19", "-1", "1e3", "x", ""),
      fc.constantFrom("16", "19", "15", "9".repeat(20)),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(line).map((lines) => lines.map((each) => each.join(" ")).join("\n")),
        ),
        (given) => {
          const index = attempt(() => decodeIndex(given, "a.idx"));
          if (index) expect(index.offsets.length).toBeLessThanOrEqual(given.length);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
