/** @file Images of the test set: the worst mistakes, and some drawn at random. */
import { percent } from "../../metrics-text.ts";
import type { Evaluation, Judged } from "../evaluate-run.ts";
import { html, type Markup } from "../html.ts";
import { note, type Section } from "./section.ts";

export function mistakesSection(evaluation: Evaluation): Section {
  const { mistakes, normalised } = evaluation;
  const body = html`<p>The wrong predictions that the network is surest of.${normalised && " Pixels are normalised; each image is drawn from its least value to its greatest."}</p>
${mistakes.length === 0 ? note("No test image is named wrong.") : gallery(mistakes, evaluation)}`;
  return { id: "mistakes", title: "Worst mistakes", body };
}

export function samplesSection(evaluation: Evaluation): Section {
  const body = html`<p>Test images drawn at random; which ones is a function of the run's seed.</p>${gallery(evaluation.samples, evaluation)}`;
  return { id: "predictions", title: "Predictions", body };
}

function gallery(images: readonly Judged[], { report: { classNames } }: Evaluation): Markup {
  const items = images.map(({ index, png, label, prediction, confidence }) => {
    const [truth, guess] = [classNames[label]!, classNames[prediction]!];
    const right = label === prediction;
    const source = `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
    return html`<li><figure><img src="${source}" width="96" height="96" alt="Test image ${index}"><figcaption><span>${truth}</span>
<span class="${right ? "right" : "wrong"}">${right ? "✓" : "✗"} ${guess} ${percent(confidence).replace(" ", "\u00a0")}</span></figcaption></figure></li>\n`;
  });
  return html`<ul class="gallery">${items}</ul>`;
}
