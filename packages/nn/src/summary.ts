/** @file A model as Keras prints it, and what a forward pass costs. */
import { type Shape, sizeOf } from "@tessera/tensor";
import { Sequential, snakeCase } from "./layers/sequential.ts";
import { inARow, type Module, type Part } from "./module.ts";

/** One layer of a summary. */
export interface SummaryRow {
  /** Name inside the model, as saved weights have it. */
  readonly name: string;
  readonly kind: string;
  /** How many modules it is inside of, the model not counted: 0 unless nested layers were asked for. */
  readonly depth: number;
  /** Without the batch axis. */
  readonly outputShape: Shape;
  readonly parameters: number;
  /** Of a forward pass of one example; NaN where the layer does not say, as {@link Module.forwardCost} explains. */
  readonly multiplyAdds: number;
  /** Bytes that the layer's float32 activations take in training, of one example; NaN likewise. */
  readonly activationBytes: number;
}

/** A model's layers, its counts of parameters, and what one example costs. */
export interface Summary {
  readonly rows: readonly SummaryRow[];
  /** All state, moving statistics included, as Keras counts. */
  readonly total: number;
  /** What an optimizer changes. */
  readonly trainable: number;
  /** Of a forward pass of one example. */
  readonly multiplyAdds: number;
  /** Of one example. */
  readonly activationBytes: number;
}

/** Options of {@link summarize}. */
export interface SummaryOptions {
  /** Whether layers inside of layers get rows of their own, below those of which they are part. Default: false. */
  readonly expandNested?: boolean;
}

/**
 * Describes a model. Multiply-adds are those of convolutions, dense layers and attention in a forward pass of one
 * example: twice as many are its floating-point operations. Activation memory is what the outputs of layers take in
 * float32, for one example in training; layers that hand their input on, as `Flatten`, take none.
 *
 * @param input shape of one example, without the batch axis
 */
export function summarize(model: Module, input: Shape, { expandNested = false }: SummaryOptions = {}): Summary {
  const whole: Shape = [1, ...input];
  const layers: readonly Part[] =
    model instanceof Sequential ? model.parts(whole) : inARow([[snakeCase(model.kind), model]], whole);
  return {
    rows: layers.flatMap((layer) => rowsOf(layer, 0, expandNested)),
    total: count(model.state()),
    trainable: count(model.namedParameters()),
    ...costOf(model, whole),
  };
}

/** A layer's row and, if asked for, those of its parts. */
function rowsOf([name, layer, input]: Part, depth: number, nested: boolean): SummaryRow[] {
  const outputShape = layer.outputShape(input).slice(1);
  const row = { name, kind: layer.kind, depth, outputShape, parameters: count(layer.state()), ...costOf(layer, input) };
  return [row, ...(nested ? layer.parts(input).flatMap((part) => rowsOf(part, depth + 1, nested)) : [])];
}

function costOf(layer: Module, input: Shape) {
  const { multiplyAdds, activations } = layer.forwardCost(input);
  return { multiplyAdds, activationBytes: activations * Float32Array.BYTES_PER_ELEMENT };
}

function count(state: readonly (readonly [string, { readonly shape: Shape }])[]): number {
  return state.reduce((sum, [, { shape }]) => sum + sizeOf(shape), 0);
}

/** The summary as a table, in Keras's form with two more columns. */
export function formatSummary({ rows, total, trainable, multiplyAdds, activationBytes }: Summary): string {
  const cells = [
    ["Layer (type)", "Output Shape", "Param #", "Multiply-adds", "Activations"],
    ...rows.map((row) => [
      `${row.depth > 0 ? `${"  ".repeat(row.depth)}└ ` : ""}${row.name} (${row.kind})`,
      `(None, ${row.outputShape.join(", ")})`,
      grouped(row.parameters),
      grouped(row.multiplyAdds),
      bytes(row.activationBytes),
    ]),
  ];
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)) + 2);
  const lines = cells.map((row) => ` ${row.map((cell, column) => cell.padEnd(widths[column]!)).join("")}`.trimEnd());
  const width = widths.reduce((sum, size) => sum + size, 1);
  const [single, double] = ["─".repeat(width), "═".repeat(width)];
  return [
    single,
    lines[0],
    double,
    ...lines.slice(1),
    double,
    ` Total params: ${grouped(total)}`,
    ` Trainable params: ${grouped(trainable)}`,
    ` Non-trainable params: ${grouped(total - trainable)}`,
    ` Multiply-adds: ${grouped(multiplyAdds)} (forward, one example)`,
    ` Activation memory: ${bytes(activationBytes)} (training, one example, float32)`,
    single,
  ].join("\n");
}

function grouped(value: number): string {
  return Number.isNaN(value) ? "unknown" : value.toLocaleString("en-US");
}

/** In the unit that leaves at least one digit before the point. */
function bytes(value: number): string {
  if (Number.isNaN(value)) return "unknown";
  if (value < 1024) return `${value} B`;
  return value < 1024 ** 2 ? `${(value / 1024).toFixed(1)} KiB` : `${(value / 1024 ** 2).toFixed(1)} MiB`;
}
