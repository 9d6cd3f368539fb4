/** @file Validation images with what the network takes them for. */
import { byId, make, percent } from "./dom.ts";
import type { Guesses, SetFacts } from "./messages.ts";
import { drawImage } from "./pictures.ts";

/** CIFAR's names have underscores. */
export function readable(name: string): string {
  return name.replaceAll("_", " ");
}

/** Shows the images with their true classes. */
export function showGallery({ gallery, classNames, size }: SetFacts): void {
  const bytes = size[0] * size[1] * 3;
  const items = Array.from(gallery.labels, (label, i) => {
    const name = readable(classNames[label]!);
    const canvas = make("canvas", { role: "img", "aria-label": `image ${i + 1}: ${name}` });
    drawImage(canvas, gallery.images.subarray(i * bytes, (i + 1) * bytes), size);
    return make("li", {}, canvas, make("span", {}, name), make("span", { class: "guess" }));
  });
  byId("gallery").replaceChildren(...items);
}

/** Writes the network's guesses under them: a mark says what a colour alone would. */
export function showGuesses({ gallery, classNames }: SetFacts, { classes, probabilities }: Guesses): void {
  for (const [i, item] of Array.from(byId("gallery").children).entries()) {
    const right = classes[i] === gallery.labels[i];
    const guess = item.querySelector(".guess");
    if (!guess) continue;
    guess.textContent = `${right ? "✓" : "✗"} ${readable(classNames[classes[i]!]!)} ${percent(probabilities[i]!, 0)}`;
    guess.className = `guess ${right ? "right" : "wrong"}`;
  }
}
