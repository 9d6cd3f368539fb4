/** @file A run in one look: what was trained on what, how far it is, and the numbers that one asks for first. */
import { percent } from "../metrics-text.ts";
import { formatSeconds } from "../progress.ts";
import type { EpochLine } from "../read-history.ts";
import { html, type Markup } from "./html.ts";
import { curveMeasures, formatValue, isBetter, titleOf } from "./measures.ts";
import type { Fields, RunFacts } from "./run-facts.ts";

/** What a run trained, by name. */
export function modelName({ config }: Pick<RunFacts, "config">): string {
  const model = ((config.recipe as Fields | undefined)?.model as Fields | undefined)?.name ?? config.model;
  return typeof model === "string" ? model : "unknown model";
}

/** The epochs that a run is to have; `null` where it is trained by the clock, or nothing says. */
export function epochsPlanned({ config }: Pick<RunFacts, "config">): number | null {
  if (config.minutes !== undefined) return null;
  const epochs = (config.recipe as Fields | undefined)?.epochs ?? config.epochs;
  return typeof epochs === "number" ? epochs : null;
}

/** The best value of a key, and its epoch; `null` where there is none. */
export function bestOf(epochs: readonly EpochLine[], key: string): { value: number; epoch: number } | null {
  let best: { value: number; epoch: number } | null = null;
  for (const line of epochs) {
    const value = line[key];
    if (typeof value === "number" && (best === null || isBetter(key, value, best.value))) {
      best = { value, epoch: line.epoch };
    }
  }
  return best;
}

/** The measure that a run is told by: accuracy, else what it measures besides the loss, else that. */
export function mainMeasure(keys: readonly string[]): string {
  const measures = curveMeasures(keys);
  if (measures.includes("accuracy")) return "accuracy";
  return measures.find((measure) => measure === "mean_iou") ?? measures.find((each) => each !== "loss") ?? "loss";
}

/** The page's head. */
export function headline(facts: RunFacts): Markup {
  const { config, name, test, history } = facts;
  const measure = mainMeasure(history.keys);
  const best = bestOf(history.epochs, `val_${measure}`);
  const tested = test && typeof test[measure] === "number" ? (test[measure] as number) : null;
  const seconds = history.epochs.reduce((sum, line) => sum + (line.seconds ?? 0), 0);
  const planned = epochsPlanned(facts);
  const tiles: [string, string, string][] = [
    ...(tested === null
      ? []
      : ([
          [
            "Test",
            formatValue(measure, tested),
            `${titleOf(measure).toLowerCase()}, ${test!.weights ?? "last"} weights`,
          ],
        ] as [string, string, string][])),
    ...(best
      ? ([
          [
            "Best validation",
            formatValue(measure, best.value),
            `${titleOf(measure).toLowerCase()}, epoch ${best.epoch}`,
          ],
        ] as [string, string, string][])
      : []),
    ["Epochs", String(history.epochs.length), planned === null ? "trained" : `of ${planned}`],
    ["Training", formatSeconds(seconds), "validation not counted"],
  ];
  return html`<p class="run">${name}</p>
<h1>${modelName(facts)} on ${typeof config.dataset === "string" ? config.dataset : "unknown data"}</h1>
<p class="state ${facts.state}" id="state" role="status">${stateText(facts)}</p>
<dl class="tiles">${tiles.map(([title, value, small]) => html`<div><dt>${title}</dt><dd>${value}<small>${small}</small></dd></div>`)}</dl>
${facts.notes.length > 0 && html`<ul class="notes">${facts.notes.map((each) => html`<li>${each}</li>`)}</ul>`}`;
}

/** How a run stands, on one line. */
function stateText(facts: Pick<RunFacts, "state" | "progress" | "history">): string {
  const { state, progress, history } = facts;
  if (state === "finished") return "finished";
  if (state === "imported") return "imported weights; nothing was trained here";
  if (state === "stopped") return `stopped after ${history.epochs.length} epochs`;
  if (!progress) return "training";
  const { epoch, images, imagesPerEpoch, imagesPerSecond, loss } = progress;
  const left = formatSeconds((imagesPerEpoch - images) / Math.max(imagesPerSecond, 1e-9));
  return `training: epoch ${epoch}, ${percent(images / imagesPerEpoch)}, loss ${loss.toFixed(3)}, ${imagesPerSecond.toFixed(0)} images/s, ${left} left of the epoch`;
}
