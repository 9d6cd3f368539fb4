/** @file Which variant each bucket gets, decided at its first launch and kept for the run. */
import { ArgumentError, DeviceError } from "../../../errors.ts";
import type { WebgpuDevice } from "../webgpu-device.ts";
import { isChoices, type VariantChoices } from "./cache.ts";
import { shippedVariant } from "./tuned.ts";
import {
  bucketKey,
  fitting,
  type ProblemSizes,
  type Variant,
  type VariantBlocks,
  type VariantFamily,
  type VariantLimits,
} from "./variants.ts";

/** A variant with a problem of its bucket. */
export interface Candidate {
  readonly name: string;
  /** Whether software adapters emulate it slowly. */
  readonly barriers: boolean;
  readonly run: (device: WebgpuDevice, blocks: VariantBlocks) => void;
}

/** A bucket that a planned body would launch, and how often. The default is the first candidate. */
export interface PlannedProblem {
  readonly sizes: ProblemSizes;
  readonly candidates: readonly Candidate[];
  launches: number;
}

/** The choices of one device. Imposed ones come first, then timed ones, then the table that ships, then the default. */
export class Choices {
  readonly limits: VariantLimits;
  readonly #software: boolean;
  readonly #imposed: Map<string, string>;
  readonly #winners: Map<string, string>;
  readonly #used = new Map<string, string>();
  #plan: Map<string, PlannedProblem> | null = null;

  constructor(limits: VariantLimits, software: boolean, winners: VariantChoices, imposed: VariantChoices) {
    if (!isChoices(imposed)) throw new ArgumentError("openWebgpu: variants: expected names of variants by bucket");
    this.limits = limits;
    this.#software = software;
    this.#winners = new Map(Object.entries(winners));
    this.#imposed = new Map(Object.entries(imposed));
  }

  /** What was chosen so far, sorted by bucket. */
  get used(): VariantChoices {
    return Object.fromEntries([...this.#used].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Whether a bucket's variant is no longer open: it was launched, or is imposed. */
  isDecided(key: string): boolean {
    return this.#used.has(key) || this.#imposed.has(key);
  }

  hasWinner(key: string): boolean {
    return this.#winners.has(key);
  }

  setWinner(key: string, name: string): void {
    this.#winners.set(key, name);
  }

  /** Makes choices binding, as a checkpoint has them. Throws DeviceError if another was taken before. */
  impose(choices: VariantChoices): void {
    for (const [key, name] of Object.entries(choices)) {
      const used = this.#used.get(key);
      if (used === undefined || used === name) continue;
      throw new DeviceError(`webgpu: ${key} runs as ${used} already, not as ${name}`, {
        hints: ["impose variants before the first step, or open the device with them"],
      });
    }
    for (const [key, name] of Object.entries(choices)) this.#imposed.set(key, name);
  }

  /** Notes what `body` would launch instead of choosing. */
  plan(body: () => void): Map<string, PlannedProblem> {
    const plan = new Map<string, PlannedProblem>();
    this.#plan = plan;
    try {
      body();
    } finally {
      this.#plan = null;
    }
    return plan;
  }

  get planning(): boolean {
    return this.#plan !== null;
  }

  /** The variant for a problem: its bucket's, or the default where that one does not compute this problem. */
  choose<Problem>(family: VariantFamily<Problem>, problem: Problem): Variant<Problem> {
    const sizes = family.sizes(problem);
    const key = bucketKey(family.op, sizes);
    if (this.#plan) {
      const planned = this.#plan.get(key) ?? planProblem(family, problem, this.limits);
      planned.launches++;
      this.#plan.set(key, planned);
      return family.variants[0];
    }
    const candidates = fitting(family, problem, this.limits);
    const name = this.#used.get(key) ?? this.#decide(family, key, sizes, candidates);
    return candidates.find((candidate) => candidate.name === name) ?? family.variants[0];
  }

  #decide<Problem>(
    { op, variants }: VariantFamily<Problem>,
    key: string,
    sizes: ProblemSizes,
    candidates: readonly Variant<Problem>[],
  ): string {
    const has = (name: string | null | undefined) => candidates.some((candidate) => candidate.name === name);
    const imposed = this.#imposed.get(key);
    if (imposed !== undefined && !has(imposed)) {
      const names = candidates.map(({ name }) => name).join(", ");
      throw new DeviceError(`webgpu: ${key} is to run as "${imposed}", which this adapter or size has not (${names})`);
    }
    const wishes = [imposed, this.#winners.get(key), shippedVariant(op, sizes, this.#software)];
    const name = wishes.find(has) ?? variants[0].name;
    this.#used.set(key, name);
    return name;
  }
}

function planProblem<Problem>(family: VariantFamily<Problem>, problem: Problem, limits: VariantLimits): PlannedProblem {
  const candidates = fitting(family, problem, limits).map(({ name, barriers = false, run }) => ({
    ...{ name, barriers },
    run: (device: WebgpuDevice, blocks: VariantBlocks) => run(device, problem, blocks),
  }));
  return { sizes: family.sizes(problem), candidates, launches: 0 };
}
