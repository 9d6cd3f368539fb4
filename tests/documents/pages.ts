/** @file The repository's documents: their blocks of code, links and headings. */
import { readRepository } from "../architecture/sources.ts";

/** A fenced block. */
export interface Block {
  /** `sh`, `ts`, `json`, …: what stands behind the fence. */
  readonly language: string;
  /** The file's name that may follow the language, as in a block of `json config.json`. */
  readonly file?: string;
  readonly code: string;
  /** The line of its fence, from 1. */
  readonly line: number;
}

/** A document. */
export interface Page {
  /** From the repository's root. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  /** Its text without the blocks. */
  readonly prose: string;
}

/** Every document that a clone holds, in order. */
export function readPages(): Page[] {
  return [...readRepository().values()]
    .filter(({ path }) => path.endsWith(".md"))
    .map(({ path, text }) => parsePage(path, text))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** A document from its text. */
export function parsePage(path: string, text: string): Page {
  const blocks: Block[] = [];
  const prose = text.replaceAll(
    /^( *)```(\S*)(?: +(\S+))?\n([\s\S]*?)^ *```$/gm,
    (all, _, language, file, code, at) => {
      blocks.push({ language, ...(file && { file }), code, line: text.slice(0, at).split("\n").length });
      return "\n".repeat(all.split("\n").length - 1);
    },
  );
  return { path, text, blocks, prose };
}

/** The commands of a block of `sh`, a line each, with the line that they stand in. */
export function commandsIn(block: Block): { command: string; line: number }[] {
  return block.code.split("\n").flatMap((text, i) => {
    const command = text.replace(/\s+# .*$/, "").trim();
    return command === "" || command.startsWith("#") ? [] : [{ command, line: block.line + 1 + i }];
  });
}

/** The words of a command up to a redirection, as a shell sees them; `$` and `*` are left, and `<names>` of anything go. */
export function wordsOf(command: string): string[] {
  const words = command.split(/ > /)[0]!.matchAll(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g);
  return [...words].map(([word]) => word.replaceAll(/['"]/g, "")).filter((word) => !/^<.*>$/.test(word));
}

/** Commands that stand in the prose between backticks, and options alone. */
export function quotedIn({ prose }: Page): string[] {
  return [...prose.matchAll(/(?<!`)`([^`\n]+)`(?!`)/g)].map(([, code]) => code!);
}

/** Where links and images of a page lead that do not leave the repository: `path#anchor`, as written. */
export function linksIn({ prose }: Page): string[] {
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!);
  return links.filter((target) => !/^[a-z]+:/.test(target));
}

/** The anchors that a host of git repositories gives to a page's headings. */
export function anchorsIn({ prose }: Page): ReadonlySet<string> {
  const headings = [...prose.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading!);
  const plain = (heading: string) => heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "");
  return new Set(headings.map((heading) => plain(heading).replaceAll(" ", "-")));
}
