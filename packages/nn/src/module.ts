/** @file What a layer or a model is: named tensors, a mode, and a forward pass. */
import { ArgumentError, add, l2Penalty, type Shape, sizeOf, Tensor } from "@tessera/tensor";

/** What large weights cost, as Keras names it. */
export interface Regularizer {
  /** λ of the penalty λ Σ w². */
  readonly l2: number;
}

/** What a forward pass costs. */
export interface ForwardCost {
  /** Products that are added up: of convolutions, dense layers and attention; those of anything else count nothing. */
  readonly multiplyAdds: number;
  /**
   * Values that layers make in training: each layer's output, and of attention the scores and their softmax. What only
   * hands its input on counts nothing, nor do the few values that an op keeps besides, as where its maxima were.
   */
  readonly activations: number;
}

/** A module inside another one, and the shape of what it is given. */
export type Part = readonly [name: string, module: Module, input: Shape];

/**
 * A layer or a model. Its state are the tensors in its own fields and in those of the modules in its fields (in arrays
 * and maps too), named by their path: `conv2d_1.kernel`. Those that require a gradient are its parameters; the others
 * are statistics that training moves along.
 */
export abstract class Module {
  /** What a summary calls it, as `Conv2D`. Not the class's own name, which a bundler may shorten. */
  abstract readonly kind: string;

  /** Whether dropout drops and batch normalisation uses the batch's own statistics. Default: false. */
  training = false;

  readonly #penalized: [weights: Tensor, l2: number][] = [];

  /** What the module computes. */
  abstract forward(x: Tensor): Tensor;

  /** The shape of `forward`'s result for an input of this shape, batch axis included. Throws if the input does not fit. */
  abstract outputShape(input: Shape): Shape;

  /**
   * The modules inside that `forward` goes through, in order, for an input of this shape, batch axis included. A module
   * that has others in its fields overrides it, so that summaries can look inside; by default there are none.
   */
  parts(_input: Shape): readonly Part[] {
    return [];
  }

  /**
   * What `forward` costs for an input of this shape, batch axis included: what the module does itself, and its parts.
   * NaN where it has modules in its fields and does not name them as its parts.
   */
  forwardCost(input: Shape): ForwardCost {
    const parts = this.parts(input);
    const unknown = parts.length === 0 && this.children().length > 0;
    const own = unknown ? { multiplyAdds: Number.NaN, activations: Number.NaN } : this.ownCost(input);
    return parts.reduce((sum, [, part, shape]) => addCosts(sum, part.forwardCost(shape)), own);
  }

  /**
   * What `forward` costs besides its parts. By default no products, and the output of a module without parts; a module
   * that multiplies, or that does more to its parts than hand values on, overrides it.
   */
  protected ownCost(input: Shape): ForwardCost {
    return { multiplyAdds: 0, activations: this.parts(input).length > 0 ? 0 : sizeOf(this.outputShape(input)) };
  }

  /** Every tensor with its name, in the order of the fields. */
  state(): [name: string, value: Tensor][] {
    return members(this).flatMap(([name, member]) =>
      member instanceof Tensor
        ? [[name, member] as [string, Tensor]]
        : member.state().map(([inner, value]) => [`${name}.${inner}`, value] as [string, Tensor]),
    );
  }

  /** Tensors that an optimizer changes, with their names. */
  namedParameters(): [name: string, value: Tensor][] {
    return this.state().filter(([, value]) => value.requiresGradient);
  }

  /** Tensors that an optimizer changes. */
  parameters(): Tensor[] {
    return this.namedParameters().map(([, value]) => value);
  }

  /** Modules in the fields of this one, with their names. */
  children(): [name: string, module: Module][] {
    return members(this).filter((entry): entry is [string, Module] => entry[1] instanceof Module);
  }

  /**
   * The penalties of this module and of all inside it: Σ λ Σ w² over the weights that were given a regularizer, as Keras
   * adds to a loss; `null` if none was. A scalar on the tape: add it to the loss that is differentiated. `fit` and
   * `evaluate` do, so that the loss they report contains it.
   */
  penalty(): Tensor | null {
    const penalized = this.penalized();
    const factors = [...new Set(penalized.map(([, l2]) => l2))];
    const terms = factors.map((factor) => {
      const weights = penalized.filter(([, l2]) => l2 === factor).map(([each]) => each);
      return l2Penalty(weights, factor);
    });
    return terms.length === 0 ? null : terms.reduce(addOwning);
  }

  /** Weights that are penalized, with their λ, in this module and in all inside it. */
  penalized(): [weights: Tensor, l2: number][] {
    return [...this.#penalized, ...this.children().flatMap(([, child]) => child.penalized())];
  }

  /** Has {@link penalty} count these weights; without a regularizer it does not. For the constructors of layers. */
  protected regularize(weights: Tensor, regularizer: Regularizer | undefined): void {
    if (!regularizer) return;
    const { l2 } = regularizer;
    if (!(l2 >= 0 && Number.isFinite(l2))) {
      throw new ArgumentError(`${this.kind}: l2 must be a finite number of at least 0, got ${l2}`);
    }
    this.#penalized.push([weights, l2]);
  }

  /** Sets the mode of this module and of all inside it. */
  train(training = true): this {
    this.training = training;
    for (const [, child] of this.children()) child.train(training);
    return this;
  }

  /** Sets the mode for inference: the same as `train(false)`. */
  eval(): this {
    return this.train(false);
  }

  /** Frees every tensor of the state. */
  dispose(): void {
    for (const [, value] of this.state()) value.dispose();
    for (const [, child] of this.children()) child.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

function addCosts(a: ForwardCost, b: ForwardCost): ForwardCost {
  return { multiplyAdds: a.multiplyAdds + b.multiplyAdds, activations: a.activations + b.activations };
}

/** Modules that each take what the one before gave, as {@link Module.parts}. */
export function inARow(modules: readonly (readonly [name: string, module: Module])[], input: Shape): Part[] {
  let shape = input;
  return modules.map(([name, module]) => {
    const part: Part = [name, module, shape];
    shape = module.outputShape(shape);
    return part;
  });
}

/** The sum, which takes its summands with it when it is disposed. */
function addOwning(a: Tensor, b: Tensor): Tensor {
  const sum = add(a, b);
  sum.own([a, b]);
  return sum;
}

/** Tensors and modules in a module's fields; those in an array or a map are named by index or key alone. */
function members(module: Module): [string, Tensor | Module][] {
  return Object.entries(module).flatMap(([field, value]) => {
    if (value instanceof Tensor || value instanceof Module) return [[field, value] as [string, Tensor | Module]];
    const entries = Array.isArray(value) ? [...value.entries()] : value instanceof Map ? [...value] : [];
    return entries
      .filter(([, entry]) => entry instanceof Tensor || entry instanceof Module)
      .map(
        ([key, entry]) => [value instanceof Map ? String(key) : `${field}.${key}`, entry] as [string, Tensor | Module],
      );
  });
}
