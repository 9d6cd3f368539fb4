/** @file A model as Keras prints it. */
import { type Shape, sizeOf } from "@tessera/tensor";
import { Sequential } from "./layers/sequential.ts";
import type { Module } from "./module.ts";

/** One layer of a summary. */
export interface SummaryRow {
  /** Name inside the model, as saved weights have it. */
  readonly name: string;
  readonly kind: string;
  /** Without the batch axis. */
  readonly outputShape: Shape;
  readonly parameters: number;
}

/** A model's layers and its counts of parameters. */
export interface Summary {
  readonly rows: readonly SummaryRow[];
  /** All state, moving statistics included, as Keras counts. */
  readonly total: number;
  /** What an optimizer changes. */
  readonly trainable: number;
}

/**
 * Describes a model.
 *
 * @param input shape of one example, without the batch axis
 */
export function summarize(model: Module, input: Shape): Summary {
  const layers: (readonly [string, Module])[] =
    model instanceof Sequential ? [...model.layers] : [[model.kind.toLowerCase(), model]];
  let shape: Shape = [1, ...input];
  const rows = layers.map(([name, layer]) => {
    shape = layer.outputShape(shape);
    return { name, kind: layer.kind, outputShape: shape.slice(1), parameters: count(layer.state()) };
  });
  return { rows, total: count(model.state()), trainable: count(model.namedParameters()) };
}

function count(state: readonly (readonly [string, { readonly shape: Shape }])[]): number {
  return state.reduce((sum, [, { shape }]) => sum + sizeOf(shape), 0);
}

/** The summary as a table, in Keras's form. */
export function formatSummary({ rows, total, trainable }: Summary): string {
  const cells = [
    ["Layer (type)", "Output Shape", "Param #"],
    ...rows.map(({ name, kind, outputShape, parameters }) => [
      `${name} (${kind})`,
      `(None, ${outputShape.join(", ")})`,
      parameters.toLocaleString("en-US"),
    ]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((row) => row[column]!.length)) + 2);
  const lines = cells.map((row) => ` ${row.map((cell, column) => cell.padEnd(widths[column]!)).join("")}`.trimEnd());
  const width = widths.reduce((sum, size) => sum + size, 1);
  const [single, double] = ["─".repeat(width), "═".repeat(width)];
  return [
    single,
    lines[0],
    double,
    ...lines.slice(1),
    double,
    ` Total params: ${total.toLocaleString("en-US")}`,
    ` Trainable params: ${trainable.toLocaleString("en-US")}`,
    ` Non-trainable params: ${(total - trainable).toLocaleString("en-US")}`,
    single,
  ].join("\n");
}
