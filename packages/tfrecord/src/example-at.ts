import { ProtobufError } from "./errors.ts";
import { decodeExample, decodeFeatures, type Example } from "./example.ts";
import type { TfRecord } from "./framing.ts";

/** The features of a record's Example, or those that are wanted. Errors name the place, where there is one. */
export function decodeExampleAt(record: TfRecord | Uint8Array, wanted?: { has(name: string): boolean }): Example {
  const decode = (data: Uint8Array) => (wanted ? decodeFeatures(data, wanted) : decodeExample(data));
  if (record instanceof Uint8Array) return decode(record);
  try {
    return decode(record.data);
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error;
    throw new ProtobufError(error.problem, error.offset, record);
  }
}
