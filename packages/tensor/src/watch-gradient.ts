/** @file A look at gradients on their way back. */
import { isRecording, record } from "./autograd.ts";
import { Tensor } from "./tensor.ts";

/**
 * A second handle of `x` whose gradient is shown to `see` before it goes on to `x`: PyTorch's `Tensor.register_hook`.
 * Changes no value. `see` gets the whole gradient of the handle, once, and may compute with it, but not keep it.
 */
export function watchGradient(x: Tensor, see: (gradient: Tensor) => void): Tensor {
  const watched = new Tensor(x, x.storage, x.origin);
  if (!isRecording() || !x.requiresGradient) return watched;
  const backward = ([gradient]: readonly (Tensor | null)[]) => {
    see(gradient!);
    return [gradient!];
  };
  record({ name: "watchGradient", inputs: [x], outputs: [watched], backward });
  return watched;
}
