import type { Feature } from "./example.ts";
import { decodeExampleAt } from "./example-at.ts";
import type { TfRecord } from "./framing.ts";

/** From the smallest to the greatest. */
export interface Range<T> {
  readonly min: T;
  readonly max: T;
}

/** What the Examples of a set have under one name. */
export interface FeatureSummary {
  readonly name: string;
  /** Examples that have a list of each kind; of several kinds only where a set is inconsistent. */
  readonly kinds: Readonly<Partial<Record<Exclude<Feature["kind"], "unset">, number>>>;
  /** Examples that lack the feature, or have it without a list. */
  readonly missing: number;
  /** Values in a list. */
  readonly lengths: Range<number> | null;
  /** Bytes in a byte string. */
  readonly byteLengths: Range<number> | null;
  /** Numbers that are no NaN. */
  readonly values: Range<number | bigint> | null;
  /**
   * Where every Example has one int64: each value and how many Examples have it, by value. `null` elsewhere, and with more
   * than 10000 values.
   */
  readonly histogram: readonly (readonly [value: bigint, count: number])[] | null;
}

/** What a set of Examples holds. */
export interface ExamplesSummary {
  readonly records: number;
  /** Bytes of the records' data. */
  readonly dataBytes: number;
  /** In order of their names. */
  readonly features: readonly FeatureSummary[];
}

const MAX_HISTOGRAM = 10_000;

/**
 * Looks through Examples: names, kinds, lengths, ranges, and a histogram of what may be a label.
 *
 * @throws ProtobufError naming the record that is no Example; and what the reader of the records throws.
 */
export async function summarizeExamples(records: AsyncIterable<TfRecord>): Promise<ExamplesSummary> {
  const features = new Map<string, FeatureGatherer>();
  let [count, dataBytes] = [0, 0];
  for await (const record of records) {
    count++;
    dataBytes += record.data.length;
    for (const [name, feature] of decodeExampleAt(record)) {
      const gatherer = features.get(name) ?? new FeatureGatherer(name);
      features.set(name, gatherer);
      gatherer.add(feature);
    }
  }
  const names = [...features.keys()].sort();
  return { records: count, dataBytes, features: names.map((name) => features.get(name)!.summary(count)) };
}

class FeatureGatherer {
  readonly #name: string;
  readonly #kinds: Partial<Record<Exclude<Feature["kind"], "unset">, number>> = {};
  #present = 0;
  #lengths: Range<number> | null = null;
  #byteLengths: Range<number> | null = null;
  #values: Range<number | bigint> | null = null;
  #histogram: Map<bigint, number> | null = new Map();

  constructor(name: string) {
    this.#name = name;
  }

  add(feature: Feature): void {
    if (feature.kind === "unset") return;
    this.#present++;
    this.#kinds[feature.kind] = (this.#kinds[feature.kind] ?? 0) + 1;
    this.#lengths = widen(this.#lengths, feature.values.length);
    if (feature.kind === "bytes") {
      for (const value of feature.values) this.#byteLengths = widen(this.#byteLengths, value.length);
    } else {
      for (const value of feature.values) if (!Number.isNaN(value)) this.#values = widen(this.#values, value);
    }
    this.#count(feature);
  }

  #count(feature: Feature): void {
    if (feature.kind !== "int64" || feature.values.length !== 1) this.#histogram = null;
    else {
      const value = feature.values[0]!;
      this.#histogram?.set(value, (this.#histogram.get(value) ?? 0) + 1);
      if (this.#histogram && this.#histogram.size > MAX_HISTOGRAM) this.#histogram = null;
    }
  }

  summary(records: number): FeatureSummary {
    const counts = this.#present === records && this.#histogram ? [...this.#histogram] : null;
    return {
      name: this.#name,
      kinds: this.#kinds,
      missing: records - this.#present,
      lengths: this.#lengths,
      byteLengths: this.#byteLengths,
      values: this.#values,
      histogram: counts?.sort(([a], [b]) => (a < b ? -1 : 1)) ?? null,
    };
  }
}

function widen<T extends number | bigint>(range: Range<T> | null, value: T): Range<T> {
  if (range === null) return { min: value, max: value };
  if (value >= range.min && value <= range.max) return range;
  return { min: value < range.min ? value : range.min, max: value > range.max ? value : range.max };
}
