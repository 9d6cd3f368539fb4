/** @file The tape and its reverse walk. It knows no op: each op brings its own gradient. */
import { ArgumentError, ScopeError } from "./errors.ts";
import { Tensor } from "./tensor.ts";

/** What an op left on the tape: enough to compute the gradients of its inputs from those of its outputs. */
export interface TapeNode {
  readonly name: string;
  /** Counts up as ops are called, so that decreasing order is a reverse topological order. */
  readonly sequence: number;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** Gradients of the inputs, `null` where none is needed. An output that nothing used has `null`. */
  readonly backward: (outputGradients: readonly (Tensor | null)[]) => readonly (Tensor | null)[];
}

let sequence = 0;
let recording = true;

/** Whether ops called now are put on the tape. */
export function isRecording(): boolean {
  return recording;
}

/**
 * Runs `body` without recording: for evaluation, and for updates of parameters.
 *
 * @throws ScopeError if `body` returns a promise
 */
export function noGradient<T>(body: () => T): T {
  const before = recording;
  recording = false;
  try {
    const result = body();
    if (result instanceof Promise) {
      throw new ScopeError("noGradient: the callback returned a promise", {
        hints: ["await outside of it: what runs after an await would be recorded"],
      });
    }
    return result;
  } finally {
    recording = before;
  }
}

/** Puts an op's call on the tape and marks its outputs as requiring a gradient. */
export function record(node: Omit<TapeNode, "sequence">): void {
  const recorded: TapeNode = { ...node, sequence: sequence++ };
  for (const output of node.outputs) {
    if (output.dtype !== "float32") continue;
    output.requiresGradient = true;
    output.node = recorded;
  }
}

/**
 * Walks the tape backwards from `outputs`, whose gradients are `seeds`, and returns the gradient of each of `targets`,
 * or `null` where no path leads to one. Gradients of everything in between are freed as soon as they were used.
 *
 * @param accumulate adds a second contribution to a gradient; the walk frees both summands
 * @param ready is told of each target's gradient as soon as nothing more is added to it
 */
export function walkBack(
  outputs: readonly Tensor[],
  seeds: readonly Tensor[],
  targets: readonly Tensor[],
  accumulate: (a: Tensor, b: Tensor) => Tensor,
  ready?: (target: Tensor, gradient: Tensor | null) => void,
): (Tensor | null)[] {
  const gradients = new Map<Tensor, Tensor>();
  const add = (tensor: Tensor, gradient: Tensor): void => {
    const present = gradients.get(tensor);
    gradients.set(tensor, present ? accumulate(present, gradient) : gradient);
    if (!present) return;
    present.dispose();
    gradient.dispose();
  };
  outputs.forEach((output, i) => {
    add(output, alias(seeds[i]!));
  });
  const wanted = new Set(targets);
  const nodes = reverseOrder(outputs);
  const last = ready ? lastUses(nodes, wanted) : null;
  noGradient(() => {
    for (const target of wanted) if (last && !last.has(target)) ready!(target, gradients.get(target) ?? null);
    for (const node of nodes) {
      walkNode(node);
      for (const input of new Set(node.inputs))
        if (last?.get(input) === node) ready!(input, gradients.get(input) ?? null);
    }
  });
  // What is left besides are leaves that nobody asked for.
  for (const [tensor, gradient] of gradients) if (!wanted.has(tensor)) gradient.dispose();
  return targets.map((target) => gradients.get(target) ?? null);

  function walkNode(node: TapeNode): void {
    const outputGradients = node.outputs.map((output) => gradients.get(output) ?? null);
    if (outputGradients.every((gradient) => gradient === null)) return;
    const seen = new Set<Tensor | null>(outputGradients);
    node.backward(outputGradients).forEach((gradient, i) => {
      const input = node.inputs[i]!;
      if (!gradient) return;
      // An op may hand one gradient on several times (add does); each place owns a handle of its own.
      if (input.requiresGradient) add(input, seen.has(gradient) ? alias(gradient) : gradient);
      seen.add(gradient);
    });
    node.outputs.forEach((output, i) => {
      if (wanted.has(output)) return;
      gradients.delete(output);
      outputGradients[i]?.dispose();
    });
  }
}

/** The last node of the walk that adds to each target. */
function lastUses(nodes: readonly TapeNode[], targets: ReadonlySet<Tensor>): Map<Tensor, TapeNode> {
  const last = new Map<Tensor, TapeNode>();
  for (const node of nodes) for (const input of node.inputs) if (targets.has(input)) last.set(input, node);
  return last;
}

/** A second handle of the same memory. */
function alias(gradient: Tensor): Tensor {
  return new Tensor(gradient, gradient.storage, gradient.origin);
}

/** Nodes that lead to `outputs`, latest first. */
function reverseOrder(outputs: readonly Tensor[]): TapeNode[] {
  const found = new Set<TapeNode>();
  const pending = outputs.flatMap((output) => output.node ?? []);
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    for (const input of node.inputs) if (input.node) pending.push(input.node);
  }
  return [...found].sort((a, b) => b.sequence - a.sequence);
}

/** Checks that `outputs` can be differentiated at all. */
export function checkDifferentiable(op: string, outputs: readonly Tensor[]): void {
  const constant = outputs.find((output) => !output.requiresGradient);
  if (constant) {
    throw new ArgumentError(`${op}: ${constant.origin} does not depend on a tensor that requires a gradient`, {
      hints: ["set `requiresGradient` on a tensor before it is used, or use a module's parameters"],
    });
  }
}
