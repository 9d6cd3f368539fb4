/** @file What a training step takes, counted on the tape. */
import type { Tensor } from "@tessera/tensor";

/**
 * Multiplications and additions of the convolutions and matrix products that led to `loss`, forward and backward: as
 * many again for each operand that a gradient flows to. By definition, whatever way a device takes.
 */
export function countFlops(loss: Tensor): number {
  type Node = NonNullable<Tensor["node"]>;
  const [seen, pending] = [new Set<Node>(), [loss.node]];
  let total = 0;
  while (pending.length > 0) {
    const node = pending.pop();
    if (!node || seen.has(node)) continue;
    seen.add(node);
    for (const input of node.inputs) pending.push(input.node);
    const passes = 1 + node.inputs.slice(0, 2).filter((input) => input.requiresGradient).length;
    total += passes * forwardFlops(node.name, node.inputs, node.outputs[0]!);
  }
  return total;
}

function forwardFlops(name: string, [left, right]: readonly Tensor[], output: Tensor): number {
  // A filter is [height, width, channels, filters], a right operand [inner, columns].
  if (name !== "conv2d" && name !== "matmul") return 0;
  return left && right ? 2 * output.size * (right.size / right.shape.at(-1)!) : 0;
}
