/** @file The repository as the architecture rules see it: files, what they import, and the packages' manifests. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, posix, resolve } from "node:path";
import ts from "typescript";

export const root = resolve(import.meta.dirname, "..", "..");

/** A source file. */
export interface Source {
  /** From the repository's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** What it imports, re-exports from or imports dynamically, as written. */
  readonly imports: readonly string[];
}

/** The fields of a package.json that the rules read. */
export interface Manifest {
  readonly name: string;
  readonly version?: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly publishConfig?: Pick<Manifest, "exports">;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** Sources by path, so that imports can be followed. */
export type SourceMap = ReadonlyMap<string, Source>;

/** A source from its text. */
function parseSource(path: string, text: string): Source {
  const imports = /\.[mc]?[jt]s$/.test(path) ? ts.preProcessFile(text, true, true).importedFiles : [];
  return { path, text, imports: imports.map(({ fileName }) => fileName) };
}

/** Sources by their path, from pairs of path and text: the repository's own, or a rule's small bad example. */
export function sourceMap(files: Readonly<Record<string, string>>): SourceMap {
  return new Map(Object.entries(files).map(([path, text]) => [path, parseSource(path, text)]));
}

/** Every file that is tracked, or would be with `git add`: what a clone holds. */
export function readRepository(): SourceMap {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
  const paths = execFileSync("git", args, { cwd: root, encoding: "utf8" }).split("\0").filter(Boolean);
  const present = paths.filter((path) => isText(path) && existsSync(join(root, path)));
  return sourceMap(Object.fromEntries(present.map((path) => [path, readFileSync(join(root, path), "utf8")])));
}

function isText(path: string): boolean {
  return /\.([mc]?[jt]s|json|wgsl|md|html|ya?ml|py|sh|txt)$|^[^.]*$|^\.ci\//.test(path);
}

/** Manifests of the packages by folder name: `tensor`, `nn`. */
export function readManifests(): ReadonlyMap<string, Manifest> {
  const folder = join(root, "packages");
  const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, "package.json")));
  return new Map(names.map((name) => [name, JSON.parse(readFileSync(join(folder, name, "package.json"), "utf8"))]));
}

/** The path that a relative import means; `null` for a package's name. AssemblyScript leaves the extension out. */
export function resolveImport(source: Source, specifier: string, sources: SourceMap): string | null {
  if (!specifier.startsWith(".")) return null;
  const path = posix.normalize(posix.join(posix.dirname(source.path), specifier));
  return !sources.has(path) && sources.has(`${path}.ts`) ? `${path}.ts` : path;
}

/** The package that a file belongs to: `packages/tensor`, `apps/bench`, or `""` for the repository's own. */
export function packageOf(path: string): string {
  return /^(packages|apps)\/[^/]+/.exec(path)?.[0] ?? "";
}

/** The sources of one folder. */
export function under(sources: SourceMap, folder: string): Source[] {
  return [...sources.values()].filter(({ path }) => path.startsWith(`${folder}/`));
}

/** Everything that loading `entry` loads: its imports within the package, and theirs. */
export function closure(entry: string, sources: SourceMap): Source[] {
  const found = new Map<string, Source>();
  const pending = [entry];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const source = sources.get(path);
    if (!source || found.has(path)) continue;
    found.set(path, source);
    for (const specifier of source.imports) pending.push(resolveImport(source, specifier, sources) ?? specifier);
  }
  return [...found.values()];
}
