/** @file Parameters that an optimizer treats alike. */
import { ArgumentError, type Tensor } from "@tessera/tensor";

/** What every optimizer's settings have. */
export interface GroupSettings {
  /** Size of a step. */
  readonly learningRate: number;
  /** λ; what it does is the optimizer's to say. Default: 0. */
  readonly weightDecay?: number;
}

/** Parameters with settings of their own; what is not set is the optimizer's. */
export type GroupOptions<Settings> = { readonly parameters: readonly Tensor[] } & Partial<Settings>;

/** What an optimizer is over: parameters, or groups of them, as in PyTorch. */
export type Parameters<Settings> = readonly Tensor[] | readonly GroupOptions<Settings>[];

/** A group of parameters as its optimizer holds it. */
export class ParameterGroup<Settings extends GroupSettings = GroupSettings> {
  readonly parameters: readonly Tensor[];
  /** What is not settable between steps. */
  readonly settings: Settings;
  #learningRateScale: number;
  #weightDecay: number;

  constructor(parameters: readonly Tensor[], settings: Settings, learningRate: number) {
    const own = checkFactor("learning rate", settings.learningRate);
    if (own !== learningRate && learningRate === 0) {
      throw new ArgumentError(
        `optimizer: a group's learning rate of ${own} is kept as a multiple of the optimizer's, which is 0`,
        { hints: ["give the optimizer the rate that its schedule begins from"] },
      );
    }
    this.parameters = parameters;
    this.settings = settings;
    this.#learningRateScale = own === learningRate ? 1 : own / learningRate;
    this.#weightDecay = checkFactor("weight decay", settings.weightDecay ?? 0);
  }

  /** The group's learning rate as a multiple of the optimizer's. May be set between steps. */
  get learningRateScale(): number {
    return this.#learningRateScale;
  }

  set learningRateScale(value: number) {
    this.#learningRateScale = checkFactor("learning rate scale", value);
  }

  /** λ. May be set between steps. */
  get weightDecay(): number {
    return this.#weightDecay;
  }

  set weightDecay(value: number) {
    this.#weightDecay = checkFactor("weight decay", value);
  }
}

/** Groups of what was given; a plain list is one. Throws {@link ArgumentError} for none, for empty ones and repetitions. */
export function parameterGroups<Settings extends GroupSettings>(
  given: Parameters<Settings>,
  defaults: Settings,
): ParameterGroup<Settings>[] {
  const first = given[0];
  if (!first) throw new ArgumentError("optimizer: expected at least one parameter, got none");
  checkFactor("learning rate", defaults.learningRate);
  const options = isGroup(first)
    ? (given as readonly GroupOptions<Settings>[])
    : [{ parameters: given as readonly Tensor[] }];
  const seen = new Set<Tensor>();
  return options.map(({ parameters, ...own }, i) => {
    const unknown = Object.keys(own).find((name) => !(name in defaults));
    if (unknown !== undefined) {
      const known = Object.keys(defaults).join(", ");
      throw new ArgumentError(`optimizer: group ${i} sets ${unknown}, which is none of ${known}`);
    }
    if (parameters.length === 0) throw new ArgumentError(`optimizer: group ${i} has no parameters`);
    for (const parameter of parameters) {
      if (seen.has(parameter)) throw new ArgumentError(`optimizer: group ${i} has a parameter that was given before`);
      seen.add(parameter);
    }
    return new ParameterGroup(parameters, { ...defaults, ...own } as Settings, defaults.learningRate);
  });
}

function isGroup(entry: Tensor | GroupOptions<GroupSettings>): entry is GroupOptions<GroupSettings> {
  return "parameters" in entry;
}

/** Settings with every default that options do not replace; other options are left out. */
export function withDefaults<Settings extends object>(defaults: Settings, options: Partial<Settings>): Settings {
  const names = Object.keys(defaults) as (keyof Settings)[];
  return Object.fromEntries(names.map((name) => [name, options[name] ?? defaults[name]])) as Settings;
}

/** Checks a decay: the share of the past that a step keeps. */
export function checkDecay(name: string, value: number): void {
  if (!(value >= 0 && value < 1)) throw new ArgumentError(`optimizer: ${name} must be in [0, 1), got ${value}`);
}

/** Checks what keeps a divisor from 0. */
export function checkEpsilon(value: number): void {
  if (value > 0 && Number.isFinite(value)) return;
  throw new ArgumentError(`optimizer: epsilon must be a finite number greater than 0, got ${value}`);
}

/** Checks a number that parameters or steps are multiplied by. */
export function checkFactor(name: string, value: number): number {
  if (!(value >= 0 && Number.isFinite(value))) {
    throw new ArgumentError(`optimizer: the ${name} must be a finite number of at least 0, got ${value}`);
  }
  return value;
}
