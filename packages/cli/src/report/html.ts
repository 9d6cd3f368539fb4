/** @file HTML and SVG put together from parts: what is not markup already is escaped. */

/** Text that is markup: made by {@link html} alone, or read from a file of this package. */
export class Markup {
  constructor(readonly text: string) {}
}

/** What a template takes. Nothing is written of `null` and `false`; lists are written one after the other. */
export type Part = Markup | string | number | null | false | undefined | readonly Part[];

/** A template of markup whose parts are escaped, both in text and inside of quoted attributes. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.map((text, i) => text + (i < parts.length ? written(parts[i]) : "")).join(""));
}

function written(part: Part): string {
  if (part === null || part === undefined || part === false) return "";
  if (part instanceof Markup) return part.text;
  if (Array.isArray(part)) return part.map(written).join("");
  return escaped(String(part));
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Control characters but for line ends and tabs are no part of HTML, and become U+FFFD. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]!).replace(/[^\P{Control}\t\n\r]/gu, "\ufffd");
}
