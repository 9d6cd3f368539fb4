import { FeatureError, type RecordPlace, TfRecordError } from "./errors.ts";
import { encodeExample, type Feature } from "./example.ts";
import { decodeExampleAt } from "./example-at.ts";
import { countOf, type FeatureSpec } from "./feature-spec.ts";
import type { TfRecord } from "./framing.ts";

/** Features by name, as {@link parseExample} takes them. */
export type Schema = Readonly<Record<string, FeatureSpec<unknown, never>>>;

/** What {@link parseExample} makes of a schema. */
export type ParsedExample<S extends Schema> = {
  -readonly [Name in keyof S]: S[Name] extends FeatureSpec<infer T, never> ? T : never;
};

/** What {@link serializeExample} takes for a schema. */
export type ExampleValues<S extends Schema> = {
  readonly [Name in keyof S]: S[Name] extends FeatureSpec<unknown, infer Input> ? Input : never;
};

/**
 * Decodes a `tf.train.Example` into a typed record, as `tf.io.parse_single_example` does. Only the features of the schema
 * are decoded; others are passed over.
 *
 * A feature without a list counts as missing. A missing one is its default or, with `varLen`, has no values.
 *
 * @param record a record as the readers give it, or its data alone; errors name the place only of the former
 * @throws FeatureError naming the feature, the record and the file, when one is missing and has no default, or is of
 *   another kind or length than the schema says; ProtobufError when the bytes are no Example.
 *
 * @example
 * const { label, image_raw } = parseExample(record, { label: int64({ as: "number" }), image_raw: bytes() });
 */
export function parseExample<S extends Schema>(record: TfRecord | Uint8Array, schema: S): ParsedExample<S> {
  const place = record instanceof Uint8Array ? undefined : record;
  const wanted = new Map(Object.entries(schema));
  const example = decodeExampleAt(record, wanted);
  const values = [...wanted].map(([name, spec]) => {
    const feature = example.get(name);
    return [name, atFeature(name, place, () => readFeature(spec, feature))];
  });
  // Not an object literal: `__proto__` may be a name.
  return Object.fromEntries(values) as ParsedExample<S>;
}

/**
 * Encodes a record as a `tf.train.Example`: the opposite of {@link parseExample}, equal bytes for equal records.
 *
 * @throws FeatureError naming the feature, when a value is missing, of another length than the schema says, or out of
 *   range.
 *
 * @example
 * const record = encodeRecord(serializeExample({ label: 3, image_raw: jpeg }, { label: int64({ as: "number" }), image_raw: bytes() }));
 */
export function serializeExample<S extends Schema>(values: ExampleValues<S>, schema: S): Uint8Array<ArrayBuffer> {
  const given: Readonly<Record<string, unknown>> = values;
  const features = Object.entries(schema).map(([name, spec]): [string, Feature] => {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    if (value === undefined) throw new FeatureError(name, "expected a value, got none");
    return [name, atFeature(name, undefined, () => writeFeature(spec, value))];
  });
  return encodeExample(new Map(features));
}

function readFeature(spec: FeatureSpec<unknown, never>, feature: Feature | undefined): unknown {
  if (feature === undefined || feature.kind === "unset") {
    if (spec.makeDefault) return spec.makeDefault();
    throw new TfRecordError(`expected ${expected(spec)}, but it is missing and has no default`);
  }
  checkFeature(spec, feature);
  return spec.fromFeature(feature);
}

function writeFeature(spec: FeatureSpec<unknown, never>, value: unknown): Feature {
  const feature = spec.toFeature(value as never);
  checkFeature(spec, feature);
  return feature;
}

function checkFeature(spec: FeatureSpec<unknown, never>, feature: Feature): void {
  if (feature.kind === "unset") return;
  if (feature.kind !== spec.kind) {
    throw new TfRecordError(`expected ${expected(spec)}, got ${countText(feature.values.length, feature.kind)}`);
  }
  if (spec.shape !== null && feature.values.length !== countOf(spec.shape)) {
    throw new TfRecordError(`expected ${expected(spec)}, got ${feature.values.length}`);
  }
}

/** `1 int64 value`, `6 float values ([2, 3])`, `int64 values`. */
function expected({ kind, shape }: FeatureSpec<unknown, never>): string {
  if (shape === null) return `${kind} values`;
  return `${countText(countOf(shape), kind)}${shape.length > 0 ? ` ([${shape.join(", ")}])` : ""}`;
}

function countText(count: number, kind: string): string {
  return `${count} ${kind} ${count === 1 ? "value" : "values"}`;
}

/** Errors of a value, with its name and place. */
function atFeature<R>(name: string, place: RecordPlace | undefined, body: () => R): R {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof TfRecordError)) throw error;
    throw new FeatureError(name, error.message, place);
  }
}
