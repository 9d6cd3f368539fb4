import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfusionMatrix, mostConfused, perClass, superclassReport } from "@tessera/nn";
import { afterAll, expect, it } from "vitest";
import { type RunFixture, writeRun } from "../../fixtures/run-folder.ts";
import type { Evaluation } from "./evaluate-run.ts";
import { html } from "./html.ts";
import { pageHtml } from "./page.ts";
import { comparisonChart, comparisonHtml, comparisonSvg } from "./run-comparison.ts";
import { readRun } from "./run-facts.ts";

const folder = mkdtempSync(join(tmpdir(), "tessera-page-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
function facts(fixture: RunFixture = {}) {
  const path = join(folder, `run-${count++}`);
  writeRun(path, fixture);
  return readRun(path);
}

const evil = `<img src=x onerror="alert(1)">'`;

/** Three classes in two superclasses; the first and the last belong together. */
function evaluation(): Evaluation {
  const classNames = [evil, "dog", "fox"];
  const matrix = new ConfusionMatrix(3, [5, 1, 4, 0, 10, 0, 3, 0, 7]);
  const of = Int32Array.of(1, 0, 1);
  const judged = { index: 7, png: Uint8Array.of(1, 2, 3), label: 0, prediction: 2, confidence: 0.875 };
  return {
    ...{ weights: "best", normalised: false, mistakes: [judged], samples: [{ ...judged, prediction: 0 }] },
    superclasses: { of, names: ["pets", evil] },
    report: {
      ...{ matrix, classNames, classes: perClass(matrix), confused: mostConfused(matrix) },
      superclasses: { ...superclassReport(matrix, of), summedAccuracy: 0.5 },
    },
    data: {
      ...{ source: "set.tar.gz", shape: [32, 32, 3], parts: [{ name: "training", images: 30, fewest: 10, most: 10 }] },
      files: [{ name: "set.tar.gz", bytes: 1234, sha256: "ab".repeat(32) }],
    },
  };
}

it("has every part, and escapes every name", () => {
  const config = { dataset: evil, recipe: { model: { name: "mini-cnn" }, title: evil, epochs: 3 } };
  const run = facts({ config, test: { accuracy: 0.5, weights: evil } });
  const page = pageHtml({ facts: run, summary: null, evaluation: evaluation() });
  for (const id of ["curves", "confusion", "classes", "mistakes", "predictions", "timing", "data", "configuration"]) {
    expect(page).toContain(`<h2 id="${id}">`);
  }
  expect(page).not.toContain("<img src=x");
  expect(page).not.toMatch(/="[^"]*onerror="/);
  // Nothing is asked of a network.
  expect(page.replace(/xmlns="[^"]*"/g, "")).not.toMatch(/(src|href)="(?!data:|#)/);
});

it("shows what a run for pixels has drawn, and the network beside it", () => {
  const png = Uint8Array.of(137, 80, 78, 71);
  const stand = { run: "runs/unet", model: "colorize-unet", loss: 1.25, accuracy: 0.5 };
  const comparison = {
    ...{ epochs: 2, steps: 20, images: 5, guess: { class: "#112233", loss: 3, accuracy: 0.0625 } },
    runs: [stand, { ...stand, run: evil, loss: 1.5 }],
  };
  const pixels = { pictures: [{ caption: "Ten horses.", png }], comparison };
  const page = pageHtml({ facts: { ...facts(), pixels }, summary: null, evaluation: "not measured" });
  for (const text of ["data:image/png;base64,iVBORw==", "Ten horses.", "colorize-unet (runs/unet)", "1.2500", "6.25"]) {
    expect(page).toContain(text);
  }
  expect(page).not.toContain("not measured");
  expect(page).not.toContain("<img src=x");
  const empty = pageHtml({
    facts: { ...facts(), pixels: { pictures: [], comparison: null } },
    ...{ summary: null, evaluation: "" },
  });
  expect(empty).toContain("Pictures come when the run is finished.");
});

it("puts the classes of a superclass together", () => {
  const page = pageHtml({ facts: facts(), summary: null, evaluation: evaluation() });
  const names = JSON.parse(
    /data-names="([^"]*)"/
      .exec(page)![1]!
      .replaceAll("&quot;", '"')
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">")
      .replaceAll("&#39;", "'"),
  );
  expect(names).toEqual(["dog", evil, "fox"]);
  // Row, column and count of what is not 0, in that order.
  expect(JSON.parse(/data-cells="([^"]*)"/.exec(page)![1]!)).toEqual([
    ...[0, 0, 10, 1, 0, 1, 1, 1, 5, 1, 2, 4],
    ...[2, 1, 3, 2, 2, 7],
  ]);
  expect(page.match(/class="block"/g)).toHaveLength(2);
});

it("draws whatever the history measures", () => {
  const more = (epoch: number) => ({ mean_iou: epoch / 10, val_mean_iou: epoch / 20, dropout_rate: 0.5 });
  const page = pageHtml({ facts: facts({ more }), summary: null, evaluation: "none" });
  const titles = [...page.matchAll(/<figcaption>([^<]*)<\/figcaption>/g)].map(([, title]) => title);
  expect(titles).toEqual(["Loss", "Accuracy", "Mean IoU", "Dropout rate", "Images per second"]);
});

it("says what was not recorded, and how time divides where it was", () => {
  const without = pageHtml({ facts: facts(), summary: null, evaluation: "no images here" });
  expect(without).toContain("How the time divides into input, device and JavaScript was not recorded.");
  expect(without).toContain("The learning rate was not recorded.");
  expect(without).toContain("no images here");
  const more = () => ({ input_seconds: 1, device_seconds: 8, learning_rate: 0.1 });
  const page = pageHtml({ facts: facts({ more }), summary: null, evaluation: "none" });
  expect([...page.matchAll(/<td class="number">([\d.]+ %)<\/td><\/tr>/g)].map(([, share]) => share)).toEqual([
    ...["10.0 %", "80.0 %", "10.0 %"],
  ]);
});

it("is there for a run that has only begun", () => {
  const run = facts({ epochs: 0, test: null, config: { recipe: { model: { name: "cnn" }, epochs: 9 } } });
  writeFileSync(
    join(run.path, "running.json"),
    JSON.stringify({
      pid: 1,
      host: "elsewhere.invalid",
      since: 0,
      progress: { epoch: 1, images: 25, imagesPerEpoch: 100, imagesPerSecond: 5, loss: 4.5 },
    }),
  );
  const page = pageHtml({ facts: readRun(run.path), summary: null, evaluation: "later", live: true });
  expect(page).toContain("training: epoch 1, 25.00 %, loss 4.500, 5 images/s, 15 s left of the epoch");
  expect(page).toContain("No epoch is over yet.");
  expect(page).toContain("connect-src &#39;self&#39;");
});

it("compares runs of different lengths, each by its validation", () => {
  const runs = [facts({ epochs: 2 }), facts({ epochs: 4 })];
  const chart = comparisonChart(runs, "loss");
  expect(chart.x).toEqual([1, 2, 3, 4]);
  expect(chart.series.map(({ values }) => values.filter((each) => each !== undefined).length)).toEqual([2, 4]);
  expect(chart.series[1]!.values[3]).toBe(4.5 / 4);
  const svg = comparisonSvg(chart);
  expect(svg).not.toMatch(/var\(|@media|undefined/);
  for (const { name } of runs) expect(svg).toContain(`>${name}</text>`);
  expect(comparisonHtml(chart, html`<b>runs</b>`)).toContain("<b>runs</b>");
  expect(() => comparisonChart(runs, "nothing")).toThrow("no run has nothing in its history");
  expect(() => comparisonChart(Array(17).fill(runs[0]), "loss")).toThrow("17 runs are too many for a chart");
});
