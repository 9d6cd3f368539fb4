/** @file Images with a class for each pixel, and two networks side by side. */
import { percent } from "../../metrics-text.ts";
import type { Comparison } from "../../pixels/comparison.ts";
import { html, type Markup } from "../html.ts";
import type { PixelFacts } from "../pixel-facts.ts";
import { note, type Section, table } from "./section.ts";

/** The pictures, each with its words. */
export function pixelsSection({ pictures }: PixelFacts): Section {
  const figures = pictures.map(({ caption, png }) => {
    const source = `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
    return html`<figure class="picture"><img src="${source}" alt="${caption}"><figcaption>${caption}</figcaption></figure>\n`;
  });
  const body = pictures.length === 0 ? note("Pictures come when the run is finished.") : html`${figures}`;
  return { id: "predictions", title: "Predictions", body };
}

/** Loss and accuracy after the same number of steps. */
export function comparisonSection({ steps, images, runs, guess }: Comparison): Section {
  const row = (name: Markup | string, loss: number, accuracy: number) => [name, loss.toFixed(4), percent(accuracy)];
  const rows = [
    ...runs.map(({ model, run, loss, accuracy }) => row(`${model} (${run})`, loss, accuracy)),
    row(`Always the training set's frequencies, of which ${guess.class} has the greatest`, guess.loss, guess.accuracy),
  ];
  const caption = `After ${steps} steps, on ${images} validation images`;
  const body = table(caption, ["Network", "Loss", "Accuracy of pixels"], rows);
  return { id: "comparison", title: "Beside another network", body };
}
