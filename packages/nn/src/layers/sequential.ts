import { ArgumentError, type Shape, type Tensor } from "@tessera/tensor";
import { inARow, Module, type Part } from "../module.ts";

/**
 * Layers in a row. Each is named after its kind as Keras does it: `conv2d`, `conv2d_1`, `batch_normalization`, …, or as
 * its pair says. The names are those of the saved weights.
 */
export class Sequential extends Module {
  readonly kind = "Sequential";
  /** Layers by name, in order. */
  readonly layers: ReadonlyMap<string, Module>;

  /** @throws ArgumentError if two layers have the same name */
  constructor(layers: readonly (Module | readonly [name: string, layer: Module])[]) {
    super();
    const seen = new Map<string, number>();
    const named = layers.map((entry): readonly [string, Module] => {
      if (!(entry instanceof Module)) return entry;
      const kind = snakeCase(entry.kind);
      const count = seen.get(kind) ?? 0;
      seen.set(kind, count + 1);
      return [count === 0 ? kind : `${kind}_${count}`, entry];
    });
    this.layers = new Map(named);
    if (this.layers.size === named.length) return;
    const [twice] = named.find(([name], i) => named.findIndex(([other]) => other === name) !== i)!;
    throw new ArgumentError(`Sequential: two layers are named ${twice}`);
  }

  forward(x: Tensor): Tensor {
    let y = x;
    for (const layer of this.layers.values()) y = layer.forward(y);
    return y;
  }

  outputShape(input: Shape): Shape {
    let shape = input;
    for (const layer of this.layers.values()) shape = layer.outputShape(shape);
    return shape;
  }

  override parts(input: Shape): Part[] {
    return inARow([...this.layers], input);
  }
}

/** `BatchNormalization` → `batch_normalization`, `Conv2DTranspose` → `conv2d_transpose`, as Keras does it. */
export function snakeCase(name: string): string {
  return name
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}
