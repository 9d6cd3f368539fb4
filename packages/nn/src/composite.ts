/** @file Modules whose inside is made up of others: what is computed is said once, for tensors and for exports. */
import { add, concat, type Interpolation, relu, type Tensor, upsample2d } from "@tessera/tensor";
import { Module } from "./module.ts";

/** What a {@link Composite} is wired with. `V` is a tensor, or what an export keeps of one. */
export interface Wiring<V> {
  /** What a module inside makes of x. */
  call(module: Module, x: V): V;
  /** a + b, of one shape. */
  add(a: V, b: V): V;
  relu(x: V): V;
  /** Values joined along their last axis, the channels. */
  concat(values: readonly V[]): V;
  /** Images x at the height and width of others. */
  resize(x: V, like: V, interpolation: Interpolation): V;
}

const tensors: Wiring<Tensor> = {
  ...{ call: (module, x) => module.forward(x), add, relu },
  concat: (values) => concat(values, -1),
  resize(x, { shape }, interpolation) {
    const [, height, width] = shape as [number, number, number, number];
    return upsample2d(x, { size: [height, width], interpolation });
  },
};

/**
 * A module that says how those inside it are wired, where a {@link Sequential} is not enough. Its forward pass and its
 * exports follow the same words.
 *
 * @example
 * class Residual extends Composite {
 *   readonly kind = "Residual";
 *   readonly body: Module;
 *   …
 *   wire<V>(x: V, { call, add }: Wiring<V>): V {
 *     return add(x, call(this.body, x));
 *   }
 * }
 */
export abstract class Composite extends Module {
  /** What the module computes, through the wiring alone. */
  abstract wire<V>(x: V, wiring: Wiring<V>): V;

  forward(x: Tensor): Tensor {
    return this.wire(x, tensors);
  }
}
