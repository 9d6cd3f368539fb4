/** @file The network's layers. */
import type { Summary } from "@tessera/nn";
import { html } from "../html.ts";
import { facts, type Section, table } from "./section.ts";

export function modelSection({ rows, total, trainable, multiplyAdds, activationBytes }: Summary): Section {
  const layers = rows.map((row) => [
    row.name,
    row.kind,
    row.outputShape.join(" × "),
    count(row.parameters),
    count(row.multiplyAdds),
  ]);
  const body = html`${facts([
    ["Parameters", count(total)],
    ["Trainable", count(trainable)],
    ["Multiply-adds of one image", count(multiplyAdds)],
    ["Activations of one image", `${(activationBytes / 1024 ** 2).toFixed(2)} MiB`],
  ])}
${table("Layers", ["layer", "kind", "output", "parameters", "multiply-adds"], layers, { numbers: 2 })}`;
  return { id: "model", title: "Model", body };
}

function count(value: number): string {
  return Number.isNaN(value) ? "unknown" : value.toLocaleString("en-US");
}
