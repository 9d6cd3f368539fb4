/** @file The house's rules. Each gives one line per violation, naming the file; none is the good answer. */
import { isBuiltin } from "node:module";
import { closure, type Manifest, packageOf, resolveImport, type Source, type SourceMap } from "./sources.ts";

/** Which workspace packages each package may import; what is missing may import none. */
export type Arrows = Readonly<Record<string, readonly string[]>>;

/** Splits `@tessera/tensor/testing` into the package's folder and the entry point; `null` for other specifiers. */
function workspaceImport(specifier: string): { folder: string; entry: string } | null {
  const match = /^@tessera\/([^/]+)(\/.*)?$/.exec(specifier);
  return match && { folder: match[1]!, entry: `.${match[2] ?? ""}` };
}

/** Packages import only the packages that the arrows allow; nobody imports a package that `arrows` does not name. */
export function brokenArrows(sources: SourceMap, arrows: Arrows): string[] {
  return [...sources.values()].flatMap(({ path, imports }) => {
    const from = packageOf(path).replace("packages/", "");
    return imports.flatMap((specifier) => {
      const to = workspaceImport(specifier)?.folder;
      if (to === undefined) return [];
      const allowed = from in arrows ? arrows[from]! : Object.keys(arrows).filter((name) => name !== "cli");
      return allowed.includes(to) ? [] : [`${path}: must not import ${specifier}`];
    });
  });
}

/** Packages meet at the entry points that their manifests name: no deep imports, no paths into another package. */
export function closedDoors(sources: SourceMap, manifests: ReadonlyMap<string, Manifest>): string[] {
  return [...sources.values()].flatMap((source) =>
    source.imports.flatMap((specifier) => {
      const target = workspaceImport(specifier);
      if (target) {
        const open = manifests.get(target.folder)?.exports?.[target.entry] !== undefined;
        return open ? [] : [`${source.path}: ${specifier} is no entry point`];
      }
      const path = resolveImport(source, specifier, sources);
      // What makes data for tests is no part of a package.
      const fixture = path?.includes("/fixtures/") === true && source.path.startsWith("tests/");
      const stays = fixture || path === null || packageOf(path) === "" || packageOf(path) === packageOf(source.path);
      return stays ? [] : [`${source.path}: reaches into ${packageOf(path)} by path (${specifier})`];
    }),
  );
}

/** A package depends only on what its list allows. */
export function unlistedDependencies(
  manifests: ReadonlyMap<string, Manifest>,
  lists: Readonly<Record<string, readonly string[]>>,
): string[] {
  return [...manifests].flatMap(([folder, manifest]) =>
    dependenciesOf(manifest)
      .filter((name) => !lists[folder]?.includes(name))
      .map((name) => `packages/${folder}: depends on ${name}, which its list does not allow`),
  );
}

function dependenciesOf({ dependencies, optionalDependencies, peerDependencies }: Manifest): string[] {
  return Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
}

/** What a package publishes imports only what its manifest declares; the root's tools resolve too, but only here. */
export function undeclaredImports(sources: SourceMap, manifests: ReadonlyMap<string, Manifest>): string[] {
  return [...manifests].flatMap(([folder, manifest]) => {
    const declared = dependenciesOf(manifest);
    return publishedSources(folder, manifest, sources).flatMap(({ path, imports }) =>
      imports
        .filter((specifier) => !specifier.startsWith(".") && !isBuiltin(specifier))
        .filter((specifier) => !declared.some((name) => specifier === name || specifier.startsWith(`${name}/`)))
        .map((specifier) => `${path}: imports ${specifier}, which its package does not declare`),
    );
  });
}

/** Sources that a package's entry points load. A program, which has a `bin`, starts from `main.ts`. */
function publishedSources(folder: string, { exports = {}, bin }: Manifest, sources: SourceMap): Source[] {
  const entries = Object.values(exports).map((conditions) => conditions["tessera-source"] ?? "");
  if (bin) entries.push("./src/main.ts");
  const found = entries.flatMap((entry) => closure(entry.replace("./", `packages/${folder}/`), sources));
  return [...new Set(found)];
}

/** Oracles, case tables and tests are imported by each other and by test helpers, and are never published. */
export function shippedOracles(sources: SourceMap, manifests: ReadonlyMap<string, Manifest>): string[] {
  const isTestOnly = (path: string) => /[./](reference|cases|test)\.ts$/.test(path);
  const importers = [...sources.values()].flatMap((source) => {
    if (isTestOnly(source.path) || /(^tests|\/testing)\//.test(source.path)) return [];
    const paths = source.imports.map((specifier) => resolveImport(source, specifier, sources) ?? "");
    return paths.filter(isTestOnly).map((path) => `${source.path}: imports ${path}, which is for tests`);
  });
  const shipped = [...manifests].flatMap(([folder, manifest]) =>
    publishedSources(folder, manifest, sources)
      .filter(({ path }) => isTestOnly(path))
      .map(({ path }) => `${path}: is published with packages/${folder}`),
  );
  return [...importers, ...shipped];
}

/** Only entry points re-export, and those name what they re-export. */
export function barrels(sources: SourceMap): string[] {
  const entry = /(^|\/)(index|node)\.ts$|\.assembly\.ts$/;
  return [...sources.values()].flatMap(({ path, text }) => {
    if (!/\.[mc]?[jt]s$/.test(path)) return [];
    const found: string[] = [];
    if (!entry.test(path) && /^export\s+(type\s+)?(\*|\{[^}]*\})[^;\n]*\sfrom\s/m.test(text)) {
      found.push(`${path}: re-exports, which only index.ts and node.ts do`);
    }
    if (!path.endsWith(".assembly.ts") && /^export\s+\*/m.test(text))
      found.push(`${path}: re-exports without naming what`);
    return found;
  });
}

/** Devices and the tape know no op. */
export function devicesThatKnowOps(sources: SourceMap): string[] {
  const blind = /^packages\/tensor\/src\/(devices\/|autograd\.ts)/;
  return [...sources.values()].flatMap((source) => {
    if (!blind.test(source.path)) return [];
    const paths = source.imports.map((specifier) => resolveImport(source, specifier, sources) ?? "");
    return paths
      .filter((path) => path.startsWith("packages/tensor/src/ops/"))
      .map((path) => `${source.path}: knows ${path}`);
  });
}

/** Libraries load in a browser: only what an entry for Node reaches touches Node's modules. */
export function nodeOutsideOfNodeEntries(sources: SourceMap, packages: readonly string[]): string[] {
  return packages.flatMap((folder) =>
    closure(`packages/${folder}/src/index.ts`, sources).flatMap(({ path, imports }) =>
      imports.filter(isBuiltin).map((specifier) => `${path}: imports ${specifier} and is reached from index.ts`),
    ),
  );
}

/** Traces of one machine, which mean nothing on another. `except` holds what names the patterns on purpose. */
export function foreignTraces(sources: SourceMap, except: readonly string[]): string[] {
  return [...sources.values()].flatMap(({ path, text }) => {
    if (except.includes(path)) return [];
    return text.split("\n").flatMap((line, i) => {
      const trace = traces.find((pattern) => pattern.test(line));
      return trace ? [`${path}:${i + 1}: mentions a machine's own path or a registry (${trace})`] : [];
    });
  });
}

const traces = [
  /(^|[\s"'`(=:])\/(work|root|mnt|workspace)\//,
  /(^|[\s"'`(=:])\/(home|Users)\/\w/,
  /\b[A-Z]:\\Users\\/,
  /\bregistry(\.[a-z0-9-]+)*\.(org|com|net|dev|io)\b/i,
  /^\s*registry\s*=/,
];
