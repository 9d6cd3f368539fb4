/** @file The frame of every part of the page. */
import { html, type Markup, type Part } from "../html.ts";

/** A part of the page, as its list of contents names it. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Part;
}

/** A landmark that its heading names. */
export function sectionMarkup({ id, title, body }: Section): Markup {
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>
${body}</section>
`;
}

/** Something that a reader would look for and not find. */
export function note(text: Part): Markup {
  return html`<p class="note">${text}</p>`;
}

/** A table that scrolls by itself where it is too wide, and can be reached by keyboard to do so. */
export function table(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly Part[])[],
  {
    sortable,
    numbers = 1,
  }: { readonly sortable?: string /** Columns from here on hold numbers. */; readonly numbers?: number } = {},
): Markup {
  const side = (column: number) => html`${column >= numbers && html` class="number"`}`;
  const cells = (row: readonly Part[]) =>
    row.map((cell, i) => (i === 0 ? html`<th scope="row">${cell}</th>` : html`<td${side(i)}>${cell}</td>`));
  return html`<div class="scroll" role="region" tabindex="0" aria-label="${caption}"><table${sortable !== undefined && html` class="sortable" id="${sortable}"`}>
<caption>${caption}</caption>
<thead><tr>${head.map((name, i) => html`<th scope="col"${side(i)}>${name}</th>`)}</tr></thead>
<tbody>${rows.map((row) => html`<tr>${cells(row)}</tr>\n`)}</tbody></table></div>`;
}

/** Names and what they stand for. */
export function facts(pairs: readonly (readonly [string, Part])[]): Markup {
  return html`<dl class="facts">${pairs.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}
