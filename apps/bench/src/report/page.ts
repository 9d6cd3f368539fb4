/** @file A report as files: Markdown, and one page with its pictures. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { charts } from "./charts.ts";
import { toMarkdown } from "./markdown.ts";
import type { BenchReport } from "./record.ts";

/** Writes `results.md` and `results.html`, which needs no other file, into a folder that is made where it is missing. */
export async function writePage(report: BenchReport, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const markdown = toMarkdown(report);
  writeFileSync(join(folder, "results.md"), markdown);
  writeFileSync(join(folder, "results.html"), toPage(markdown, await charts(report)));
}

function toPage(markdown: string, pictures: readonly { title: string; svg: string }[]): string {
  const figures = pictures.map(({ title, svg }) => `<h2>${escapeHtml(title)}</h2>\n${svg}`).join("\n");
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Tessera: measured</title>
<style>
body { font-family: "DejaVu Sans", Verdana, sans-serif; margin: 2em auto; max-width: 75em; padding: 0 1em; }
table { border-collapse: collapse; } td, th { border-bottom: 1px solid #ddd; padding: 0.2em 0.7em; text-align: left; }
</style>
${figures}
${markdown.split("\n\n").map(toBlock).join("\n")}
</html>
`;
}

/** A paragraph of our own Markdown: a heading, a table or text. */
function toBlock(block: string): string {
  const lines = block.trimEnd().split("\n");
  if (lines[0]!.startsWith("# ")) return `<h1>${escapeHtml(lines[0]!.slice(2))}</h1>`;
  if (!lines[0]!.startsWith("|")) return `<p>${lines.map(escapeHtml).join("<br>")}</p>`;
  const cells = (line: string, tag: string) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => `<${tag}>${escapeHtml(cell.trim())}</${tag}>`)
      .join("");
  const body = lines.slice(2).map((line) => `<tr>${cells(line, "td")}</tr>`);
  return `<table>\n<tr>${cells(lines[0]!, "th")}</tr>\n${body.join("\n")}\n</table>`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/[`]|\*\*/g, "");
}
