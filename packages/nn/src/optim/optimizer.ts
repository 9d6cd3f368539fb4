/** @file What optimizers share: parameters, gradients and slots in one arena each, and the step's number. */
import {
  Arena,
  ArgumentError,
  clipGradientNorm,
  clipGradientValue,
  copyTensor,
  type Device,
  keep,
  type Reading,
  stepRing,
  type Tensor,
  writeTensor,
} from "@tessera/tensor";
import { allOrNothing } from "./all-or-nothing.ts";
import {
  checkFactor,
  type GroupSettings,
  type ParameterGroup,
  type Parameters,
  parameterGroups,
} from "./parameter-group.ts";

/** Options of every optimizer: how gradients are cut down before a step. At most one of them. */
export interface ClipOptions {
  /**
   * Greatest global norm of all gradients: they are scaled by min(1, clipNorm / (norm + 1e-6)), as PyTorch's
   * `clip_grad_norm_`. Infinity only measures. Default: no clipping.
   */
  readonly clipNorm?: number;
  /** Greatest magnitude of a gradient's element. Default: no clipping. */
  readonly clipValue?: number;
}

/** What of a group may change between steps. */
export interface GroupState {
  readonly learningRateScale: number;
  readonly weightDecay: number;
}

/** What an optimizer keeps besides parameters and gradients. */
export interface OptimizerState<Settings extends GroupSettings, Words> {
  /** Names of the arenas that the update keeps between steps, for the groups there are. */
  readonly slots: (groups: readonly ParameterGroup<Settings>[]) => readonly string[];
  /** Makes a group's step words. */
  readonly words: (device: Device) => Words;
}

/** Changes parameters along their gradients. */
export abstract class Optimizer<
  Settings extends GroupSettings = GroupSettings,
  Words extends { dispose(): void } = { dispose(): void },
> {
  /** What it changes, group after group. They now live in the optimizer's arena; the handles stay valid. */
  readonly parameters: readonly Tensor[];
  readonly groups: readonly ParameterGroup<Settings>[];
  readonly device: Device;
  /** Steps taken so far. Setting it resumes the count: bias corrections and dropout masks depend on it. */
  iterations = 0;
  /** With `clipNorm`, the global norm that the last step's gradients had before they were clipped. */
  gradientNorm: Reading | null = null;
  /** What stands in the parameters' place, such as an average of them: steps are refused until it is gone. */
  standIn: object | null = null;
  /** What each group's update reads that changes from step to step. */
  protected readonly words: readonly Words[];
  readonly #arenas: ReadonlyMap<string, Arena>;
  /** By name of the arena, then by group: what updates are launched over. */
  readonly #ranges: ReadonlyMap<string, readonly (readonly Tensor[])[]>;
  /** Which gradients hold something else than zeros. */
  readonly #filled: boolean[];
  readonly #clip: ClipOptions;
  #learningRate: number;

  /**
   * @param parameters what it changes: parameters, or groups of them with settings of their own
   * @param settings what a group does not set
   * @throws DeviceError when the memory is used up; the parameters are as they were then, and nothing else is kept
   */
  constructor(
    parameters: Parameters<Settings>,
    settings: Settings,
    clip: ClipOptions,
    state: OptimizerState<Settings, Words>,
  ) {
    this.groups = parameterGroups(parameters, settings);
    this.parameters = this.groups.flatMap((group) => group.parameters);
    this.device = this.parameters[0]!.device;
    this.#learningRate = settings.learningRate;
    this.#clip = checkClip(clip);
    this.#filled = this.parameters.map(() => false);
    const names = ["parameters", "gradients", ...state.slots(this.groups)];
    const shapes = this.parameters.map(({ shape }) => shape);
    [this.words, this.#arenas] = allOrNothing((register) => [
      this.groups.map(() => register(state.words(this.device))),
      new Map(names.map((name) => [name, register(new Arena(this.device, shapes, `optimizer ${name}`))])),
    ]);
    this.#ranges = new Map([...this.#arenas].map(([name, arena]) => [name, this.#rangesOf(arena)]));
    this.#takeIn();
  }

  /**
   * Size of a step. Schedules set it between steps. A group with a rate of its own keeps its ratio to this one, so that
   * a schedule moves all groups alike, as PyTorch's do.
   */
  get learningRate(): number {
    return this.#learningRate;
  }

  set learningRate(value: number) {
    this.#learningRate = checkFactor("learning rate", value);
  }

  /** What of the groups may change between steps, for checkpoints. */
  get groupState(): GroupState[] {
    return this.groups.map(({ learningRateScale, weightDecay }) => ({ learningRateScale, weightDecay }));
  }

  set groupState(state: readonly GroupState[]) {
    this.groups.forEach((group, i) => {
      const { learningRateScale, weightDecay } = state[i]!;
      Object.assign(group, { learningRateScale, weightDecay });
    });
  }

  /** The parameters as flat tensors, one for each block of their arena, padding included. They are the optimizer's. */
  get parameterBlocks(): readonly Tensor[] {
    return this.#arenas.get("parameters")!.blocks;
  }

  /** What it keeps between steps, in the same form. */
  get slotBlocks(): readonly Tensor[] {
    return [...this.#arenas].flatMap(([name, { blocks }]) => (isSlot(name) ? blocks : []));
  }

  /**
   * Takes one step.
   *
   * @param gradients of each parameter, in order, `null` counting as zeros; or `"placed"`, if {@link placeGradient} was
   *   given each
   * @throws ArgumentError while an average of the weights is swapped in; nothing has changed then
   */
  update(gradients: readonly (Tensor | null)[] | "placed"): void {
    if (this.standIn) {
      throw new ArgumentError("optimizer: an average of the weights is swapped in: swap it out before a step");
    }
    if (gradients !== "placed") for (const [i, gradient] of gradients.entries()) this.placeGradient(i, gradient);
    this.#clipGradients();
    this.iterations++;
    this.groups.forEach((group, i) => {
      this.apply(group, i);
    });
  }

  /** Copies a parameter's gradient, by its number, to where the next {@link update} finds it. `null` counts as zeros. */
  placeGradient(i: number, gradient: Tensor | null): void {
    if (!gradient && !this.#filled[i]) return;
    const place = this.#arenas.get("gradients")!.view(i);
    if (gradient) copyTensor(gradient, place);
    else writeTensor(place, new Float32Array(place.size));
    this.#filled[i] = gradient !== null;
    place.dispose();
  }

  /**
   * Where the gradients of parameters `start` … `end` − 1 lie, as flat tensors, one for each block of their arena, padding
   * included. Handles are the caller's.
   */
  gradientRanges(start: number, end: number): Tensor[] {
    return this.#arenas.get("gradients")!.ranges(start, end);
  }

  /**
   * What it keeps between steps, a tensor for each parameter and slot: `slot.index`. Handles are the caller's.
   *
   * @param order what indices count, whatever the groups are: usually `model.parameters()`. Parameters that are not in
   *   it are counted after the others. Default: the optimizer's own order
   */
  slots(order: readonly Tensor[] = this.parameters): [name: string, value: Tensor][] {
    const rank = new Map(order.map((parameter, i) => [parameter, i]));
    const last = order.length;
    const indices = this.parameters.map((_, i) => i);
    const rankOf = (i: number) => rank.get(this.parameters[i]!) ?? last + i;
    indices.sort((a, b) => rankOf(a) - rankOf(b));
    return [...this.#arenas]
      .filter(([name]) => isSlot(name))
      .flatMap(([name, arena]) => indices.map((index, i): [string, Tensor] => [`${name}.${i}`, arena.view(index)]));
  }

  /** Frees the gradients and the slots. The parameters' memory goes too: dispose the model with it. */
  dispose(): void {
    for (const ranges of this.#ranges.values()) for (const range of ranges.flat()) range.dispose();
    for (const arena of this.#arenas.values()) arena.dispose();
    for (const words of this.words) words.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Launches the update of a group over each of its {@link ranges}; `iterations` already counts this step. */
  protected abstract apply(group: ParameterGroup<Settings>, index: number): void;

  /** A group's part of an arena: a flat tensor for each of the arena's blocks that it is in. */
  protected ranges(name: string, group: number): readonly Tensor[] {
    return this.#ranges.get(name)![group]!;
  }

  /** Size of a group's step now. */
  protected rateOf({ learningRateScale }: ParameterGroup<Settings>): number {
    return this.#learningRate * learningRateScale;
  }

  #rangesOf(arena: Arena): Tensor[][] {
    let start = 0;
    return this.groups.map(({ parameters }) => {
      const first = start;
      start += parameters.length;
      return arena.ranges(first, start).map(keep);
    });
  }

  /** Moves the parameters into their arena. */
  #takeIn(): void {
    this.parameters.forEach((parameter, i) => {
      const place = this.#arenas.get("parameters")!.view(i);
      copyTensor(parameter, place);
      parameter.moveTo(place.storage);
      place.dispose();
    });
  }

  #clipGradients(): void {
    const { clipNorm, clipValue } = this.#clip;
    const { blocks } = this.#arenas.get("gradients")!;
    if (clipValue !== undefined) clipGradientValue(blocks, clipValue);
    if (clipNorm === undefined) return;
    const norm = clipGradientNorm(blocks, clipNorm);
    this.gradientNorm = stepRing(this.device).push(norm);
    norm.dispose();
  }
}

function isSlot(arena: string): boolean {
  return arena !== "parameters" && arena !== "gradients";
}

function checkClip(clip: ClipOptions): ClipOptions {
  const { clipNorm, clipValue } = clip;
  if (clipNorm !== undefined && clipValue !== undefined) {
    throw new ArgumentError("optimizer: clipNorm and clipValue are both given, expected at most one");
  }
  for (const [name, value] of Object.entries({ clipNorm, clipValue })) {
    if (value === undefined || value > 0) continue;
    throw new ArgumentError(`optimizer: ${name} must be greater than 0, got ${value}`);
  }
  return { ...(clipNorm !== undefined && { clipNorm }), ...(clipValue !== undefined && { clipValue }) };
}
