/** @file What optimizers share: parameters, gradients and slots in one arena each, and the step's number. */
import { Arena, ArgumentError, copyTensor, type Device, type Tensor, writeTensor } from "@tessera/tensor";

/** Changes parameters along their gradients. */
export abstract class Optimizer {
  /** What it changes, in order. They now live in the optimizer's arena; the handles stay valid. */
  readonly parameters: readonly Tensor[];
  readonly device: Device;
  /** Steps taken so far. Setting it resumes the count: bias corrections and dropout masks depend on it. */
  iterations = 0;
  readonly #arenas = new Map<string, Arena>();
  /** Which gradients hold something else than zeros. */
  readonly #filled: boolean[];
  #learningRate: number;

  /** @param slots names of the arenas that the update keeps between steps */
  constructor(parameters: readonly Tensor[], learningRate: number, slots: readonly string[]) {
    const first = parameters[0];
    if (!first) throw new ArgumentError("optimizer: expected at least one parameter, got none");
    this.parameters = parameters;
    this.device = first.device;
    this.#learningRate = checkLearningRate(learningRate);
    this.#filled = parameters.map(() => false);
    const shapes = parameters.map(({ shape }) => shape);
    for (const name of ["parameters", "gradients", ...slots]) {
      this.#arenas.set(name, new Arena(this.device, shapes, `optimizer ${name}`));
    }
    parameters.forEach((parameter, i) => {
      const place = this.#view("parameters", i);
      copyTensor(parameter, place);
      parameter.moveTo(place.storage);
      place.dispose();
    });
  }

  /** Size of a step. Schedules set it between steps. */
  get learningRate(): number {
    return this.#learningRate;
  }

  set learningRate(value: number) {
    this.#learningRate = checkLearningRate(value);
  }

  /**
   * Takes one step.
   *
   * @param gradients of each parameter, in order; `null` counts as zeros
   */
  update(gradients: readonly (Tensor | null)[]): void {
    gradients.forEach((gradient, i) => {
      if (!gradient && !this.#filled[i]) return;
      const place = this.#view("gradients", i);
      if (gradient) copyTensor(gradient, place);
      else writeTensor(place, new Float32Array(place.size));
      this.#filled[i] = gradient !== null;
      place.dispose();
    });
    this.iterations++;
    this.apply();
  }

  /** What it keeps between steps, a tensor for each parameter and slot: `slot.index`. Handles are the caller's. */
  slots(): [name: string, value: Tensor][] {
    const names = [...this.#arenas.keys()].filter((name) => name !== "parameters" && name !== "gradients");
    return names.flatMap((name) =>
      this.parameters.map((_, i): [string, Tensor] => [`${name}.${i}`, this.#view(name, i)]),
    );
  }

  /** Frees the gradients and the slots. The parameters' memory goes too: dispose the model with it. */
  dispose(): void {
    for (const arena of this.#arenas.values()) arena.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Launches the update over every block of the arenas; `iterations` already counts this step. */
  protected abstract apply(): void;

  /** The blocks of an arena. */
  protected blocks(name: string): readonly Tensor[] {
    return this.#arenas.get(name)!.blocks;
  }

  #view(arena: string, index: number): Tensor {
    return this.#arenas.get(arena)!.view(index);
  }
}

function checkLearningRate(value: number): number {
  if (!(value >= 0 && Number.isFinite(value))) {
    throw new ArgumentError(`optimizer: the learning rate must be a finite number of at least 0, got ${value}`);
  }
  return value;
}
