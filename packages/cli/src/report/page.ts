/** @file The whole page: one file that needs nothing else. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Summary } from "@tessera/nn";
import type { Evaluation } from "./evaluate-run.ts";
import { headline, modelName } from "./headline.ts";
import { html, Markup } from "./html.ts";
import type { RunFacts } from "./run-facts.ts";
import { classesSection } from "./sections/classes.ts";
import { confusionSection } from "./sections/confusion.ts";
import { curvesSection } from "./sections/curves.ts";
import { mistakesSection, samplesSection } from "./sections/images.ts";
import { modelSection } from "./sections/model.ts";
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

/** A text file beside this one, or beside the built command. */
function asset(name: string): string {
  return readFileSync(new URL(`./assets/${name}`, import.meta.url), "utf8");
}

/** The HTML, a pure function of what it is made from. Its policy forbids every request but, of a live page, to its server. */
export function pageHtml(page: Page): string {
  const { facts, live = false } = page;
  const [style, script] = [`${asset("chart.css")}${asset("page.css")}`, asset("page.js")];
  const sections = sectionsOf(page);
  const policy = [
    "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:",
    `style-src '${hashOf(style)}'; script-src '${hashOf(script)}'`,
    ...(live ? ["connect-src 'self'"] : []),
  ].join("; ");
  return html`<!doctype html>
<html lang="en"${live && html` data-live="true"`}>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="color-scheme" content="light dark">
<title>${facts.name}: ${modelName(facts)}</title>
<link rel="icon" href="data:,">
<style>${new Markup(style)}</style>
</head>
<body>
<a class="skip" href="#main">To the curves</a>
<header id="head">${headline(facts)}</header>
<nav aria-label="Sections"><ul>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>
<main id="main" tabindex="-1">
${sections.map(sectionMarkup)}</main>
<footer><p>Made by Tessera.${live && html` <span id="connection" role="status"></span>`}</p></footer>
<script>${new Markup(script)}</script>
</body>
</html>
`.text;
}

function sectionsOf({ facts, summary, evaluation }: Page): Section[] {
  const known = typeof evaluation === "string" ? null : evaluation;
  return [
    curvesSection(facts.history),
    ...(known
      ? [confusionSection(known), classesSection(known), mistakesSection(known), samplesSection(known)]
      : [{ id: "test-images", title: "Test images", body: note(evaluation as string) }]),
    timingSection(facts.history),
    ...(summary ? [modelSection(summary)] : []),
    dataSection(facts, known?.data ?? null),
    configSection(facts),
  ];
}

/** As a content security policy names a text. */
function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
