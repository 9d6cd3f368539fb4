/** @file What a layer or a model is: named tensors, a mode, and a forward pass. */
import { type Shape, Tensor } from "@tessera/tensor";

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

  /** What the module computes. */
  abstract forward(x: Tensor): Tensor;

  /** The shape of `forward`'s result for an input of this shape, batch axis included. Throws if the input does not fit. */
  abstract outputShape(input: Shape): Shape;

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
