/** @file Where an epoch's time went: waiting for input, waiting for the device, and JavaScript. */
import { formatSeconds } from "../../progress.ts";
import type { EpochLine, History } from "../../read-history.ts";
import { html, type Markup } from "../html.ts";
import { formatValue } from "../measures.ts";
import { keyFigure } from "./curves.ts";
import { facts, note, type Section, table } from "./section.ts";

export function timingSection({ epochs, keys }: History): Section {
  const frame = { id: "timing", title: "Timing" };
  if (epochs.length === 0) return { ...frame, body: note("No epoch is over yet.") };
  const seconds = total(epochs, "seconds");
  const images = epochs.reduce((sum, line) => sum + (line.seconds ?? 0) * (line.images_per_second ?? 0), 0);
  const body = html`${facts([
    ["Training, validation not counted", formatSeconds(seconds)],
    ["Rate", seconds > 0 ? `${formatValue("images_per_second", images / seconds)} images/s` : "–"],
    ["Seconds an epoch", formatValue("seconds", seconds / epochs.length)],
  ])}
${parts(epochs, keys, seconds)}<div class="charts">${keys.includes("images_per_second") && keyFigure("images_per_second", "Images per second", epochs)}</div>`;
  return { ...frame, body };
}

function parts(epochs: readonly EpochLine[], keys: readonly string[], seconds: number): Markup {
  if (!keys.includes("input_seconds") || !keys.includes("device_seconds")) {
    return note("How the time divides into input, device and JavaScript was not recorded.");
  }
  const [input, device] = [total(epochs, "input_seconds"), total(epochs, "device_seconds")];
  const shares = [
    { name: "Input", meaning: "waiting for the next batch", seconds: input },
    { name: "Device", meaning: "waiting for results of the device", seconds: device },
    {
      name: "JavaScript",
      meaning: "everything else: enqueueing steps, callbacks, files",
      seconds: Math.max(0, seconds - input - device),
    },
  ];
  const rows = shares.map((part, i) => [
    html`<svg class="key" viewBox="0 0 12 12" aria-hidden="true"><rect class="f${i}" width="12" height="12"/></svg>${part.name}`,
    part.meaning,
    formatValue("seconds", part.seconds),
    `${((100 * part.seconds) / seconds).toFixed(1)} %`,
  ]);
  let from = 0;
  const bars = shares.map((part, i) => {
    const width = Math.round((10000 * part.seconds) / seconds) / 10;
    from += width;
    return html`<rect class="f${i}" x="${Math.round((from - width) * 10) / 10}" width="${width}" height="24"/>`;
  });
  return html`<svg class="bar" viewBox="0 0 1000 24" preserveAspectRatio="none" aria-hidden="true">${bars}</svg>
${table("What the main thread did while training", ["part", "what it is", "time", "share"], rows, { numbers: 2 })}`;
}

function total(epochs: readonly EpochLine[], key: string): number {
  return epochs.reduce((sum, line) => sum + (line[key] ?? 0), 0);
}
