/** @file A page in one file: its style and its script are inside, and its policy forbids every request. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { html, Markup, type Part } from "./html.ts";

/** What a page shows. */
export interface Document {
  readonly title: string;
  readonly body: Part;
  /** Whether it asks the server that it came from for news; nobody else in any case. */
  readonly live?: boolean;
}

/** A text file of the folder `assets`, which lies beside this file and beside the built command. */
export function asset(name: string): string {
  return readFileSync(new URL(`./assets/${name}`, import.meta.url), "utf8");
}

/** The HTML. */
export function documentHtml({ title, body, live = false }: Document): string {
  const [style, script] = [`${asset("chart.css")}${asset("page.css")}`, asset("page.js")];
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
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${new Markup(style)}</style>
</head>
<body>
${body}
<script>${new Markup(script)}</script>
</body>
</html>
`.text;
}

/** As a content security policy names a text. */
function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
