/** @file What training has shown so far: every step's loss and accuracy, and those of whole epochs. */
import type { ClassificationMetric, EpochResult } from "@tessera/nn";
import { drawChart, type Line } from "./chart.ts";
import { byId, make, percent } from "./dom.ts";
import type { Settings, StepNews } from "./messages.ts";

/** Points of a line at most: more than there are pixels would only take time. */
const mostPoints = 300;

/** How much of a smoothed line is its past. */
const inertia = 0.9;

/** The curves of one training. */
export class Curves {
  readonly #settings: Settings;
  readonly losses: number[] = [];
  readonly accuracies: number[] = [];
  readonly history: EpochResult<ClassificationMetric>[] = [];
  #stepsPerEpoch = 1;
  #planned = false;

  constructor(settings: Settings) {
    this.#settings = settings;
    byId<HTMLTableElement>("epochs-table").tBodies[0]?.replaceChildren();
    this.#draw();
  }

  addSteps({ losses, accuracies, stepsPerEpoch }: StepNews): void {
    this.losses.push(...losses);
    this.accuracies.push(...accuracies);
    this.#stepsPerEpoch = stepsPerEpoch;
    this.#plan();
  }

  addEpoch(result: EpochResult<ClassificationMetric>): void {
    this.history.push(result);
    const { epoch, loss, accuracy, val_loss = Number.NaN, val_accuracy = Number.NaN } = result;
    const cells = [loss.toFixed(4), percent(accuracy), val_loss.toFixed(4), percent(val_accuracy)];
    const head = make("th", { scope: "row" }, String(epoch));
    byId<HTMLTableElement>("epochs-table").tBodies[0]?.append(
      make("tr", {}, head, ...cells.map((cell) => make("td", {}, cell))),
    );
    this.#plan();
  }

  /** Draws once a frame at most. */
  #plan(): void {
    if (this.#planned) return;
    this.#planned = true;
    requestAnimationFrame(() => {
      this.#planned = false;
      this.#draw();
    });
  }

  #draw(): void {
    const { epochs } = this.#settings;
    const validation = (name: "val_loss" | "val_accuracy") =>
      this.history.map((result) => [result.epoch, result[name] ?? Number.NaN] as const);
    const lines = (steps: readonly number[], points: Line["points"]): Line[] => [
      { name: "training", points: this.#smoothed(steps), style: "c0" },
      { name: "validation", points, style: "c1", dots: true },
    ];
    drawChart(byId("chart-loss"), {
      ...{ title: "Loss", epochs, lines: lines(this.losses, validation("val_loss")) },
      format: (value) => value.toFixed(1),
    });
    drawChart(byId("chart-accuracy"), {
      ...{ title: "Accuracy", epochs, lines: lines(this.accuracies, validation("val_accuracy")) },
      ...{ format: (value) => percent(value, 0), top: 1 },
    });
  }

  /** A moving average of the steps, of which the first do not count for more than they are (as in Adam). */
  #smoothed(steps: readonly number[]): Line["points"] {
    const every = Math.ceil(steps.length / mostPoints);
    let [sum, weight] = [0, 0];
    return steps.flatMap((value, i) => {
      sum = inertia * sum + value;
      weight = inertia * weight + 1;
      const shown = i % every === 0 || i === steps.length - 1;
      return shown ? [[(i + 1) / this.#stepsPerEpoch, sum / weight] as const] : [];
    });
  }
}
