/** @file One training step: forward, backward and update in one scope and one submit. */
import { gradients, type Reading, scope, stepRing, stepSlot, type Tensor } from "@tessera/tensor";
import type { Optimizer } from "./optim/optimizer.ts";

/** The scalars that a step's body returned, on their way from the device. */
export type Readings<Scalars> = { [Name in keyof Scalars]: Reading };

/**
 * Runs `body`, differentiates `loss` with respect to the optimizer's parameters, and takes the optimizer's step. All of
 * it is only enqueued; everything made on the way is freed. The scalars come back as readings, which nobody has to free
 * or to wait for.
 *
 * @param body returns float32 scalars, `loss` among them; must not be async
 */
export function step<Scalars extends { readonly loss: Tensor }>(
  optimizer: Optimizer,
  body: () => Scalars,
): Readings<Scalars> {
  const { device } = optimizer;
  device.stepWords.setInteger(stepSlot, optimizer.iterations);
  const readings = scope(() => {
    const scalars = body();
    optimizer.update(gradients(scalars.loss, optimizer.parameters));
    const ring = stepRing(device);
    return Object.fromEntries(Object.entries<Tensor>({ ...scalars }).map(([name, value]) => [name, ring.push(value)]));
  });
  device.submit();
  return readings as Readings<Scalars>;
}
