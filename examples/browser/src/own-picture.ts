/** @file What the network takes a visitor's picture for. */
import { byId, make, percent } from "./dom.ts";
import { readable } from "./gallery.ts";

/** The five likeliest classes. The network knows no others: it has to choose among them. */
export function showShares(probabilities: Float32Array, classNames: readonly string[]): void {
  const best = Array.from(probabilities, (share, label) => ({ share, label }))
    .sort((a, b) => b.share - a.share)
    .slice(0, 5);
  const items = best.map(({ share, label }) => {
    const name = readable(classNames[label]!);
    return make("li", {}, `${name} ${percent(share)}`, make("meter", { value: String(share), "aria-label": name }));
  });
  byId("own-guesses").replaceChildren(...items);
  byId("own").hidden = false;
}
