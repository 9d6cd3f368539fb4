/** @file The whole page about a run. */
import type { Summary } from "@tessera/nn";
import { documentHtml } from "./document.ts";
import type { Evaluation } from "./evaluate-run.ts";
import { headline, modelName } from "./headline.ts";
import { html } from "./html.ts";
import type { RunFacts } from "./run-facts.ts";
import { classesSection } from "./sections/classes.ts";
import { confusionSection } from "./sections/confusion.ts";
import { curvesSection } from "./sections/curves.ts";
import { mistakesSection, samplesSection } from "./sections/images.ts";
import { modelSection } from "./sections/model.ts";
import { comparisonSection, pixelsSection } from "./sections/pixels.ts";
import { configSection, dataSection } from "./sections/provenance.ts";
import { note, type Section, sectionMarkup } from "./sections/section.ts";
import { timingSection } from "./sections/timing.ts";

/** What a page is made from. */
export interface Page {
  readonly facts: RunFacts;
  /** The network's layers; `null` where this version cannot make it. */
  readonly summary: Summary | null;
  /** What measuring the run gave, or why it was not measured. */
  readonly evaluation: Evaluation | string;
  /** Whether the page asks its server for news. */
  readonly live?: boolean;
}

/** The HTML, a pure function of what it is made from. */
export function pageHtml(page: Page): string {
  const { facts, live = false } = page;
  const sections = sectionsOf(page);
  const body = html`<a class="skip" href="#main">To the curves</a>
<header id="head">${headline(facts)}</header>
<nav aria-label="Sections"><ul>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
<main id="main" tabindex="-1">
${sections.map(sectionMarkup)}</main>
<footer><p>Made by Tessera.${live && html` <span id="connection" role="status"></span>`}</p></footer>`;
  return documentHtml({ title: `${facts.name}: ${modelName(facts)}`, body, live });
}

function sectionsOf({ facts, summary, evaluation }: Page): Section[] {
  const { pixels } = facts;
  const known = typeof evaluation === "string" ? null : evaluation;
  return [
    curvesSection(facts.history),
    ...(known
      ? [confusionSection(known), classesSection(known), mistakesSection(known), samplesSection(known)]
      : pixels
        ? [...(pixels.comparison ? [comparisonSection(pixels.comparison)] : []), pixelsSection(pixels)]
        : [{ id: "test-images", title: "Test images", body: note(evaluation as string) }]),
    timingSection(facts.history),
    ...(summary ? [modelSection(summary)] : []),
    dataSection(facts, known?.data ?? null),
    configSection(facts),
  ];
}
