/** @file What an op's folder must hold: launches for both devices, the public function, and the oracle. */
import { closure, resolveImport, type Source, type SourceMap, under } from "./sources.ts";

const engine = "packages/tensor/src";
const opsFolder = `${engine}/ops`;

/** Names of the folders under `ops/`. */
function roomNames(sources: SourceMap): string[] {
  const names = under(sources, opsFolder).map(({ path }) => path.slice(opsFolder.length + 1).split("/"));
  return [...new Set(names.flatMap(([name, file]) => (name && file ? [name] : [])))];
}

/**
 * Rooms that miss a part. A room without launches of its own calls another's op, as `relu` calls elementwise.
 *
 * @param families rooms that hold kernels for other rooms, and no op that bears their name
 */
export function incompleteRooms(sources: SourceMap, families: readonly string[]): string[] {
  return roomNames(sources).flatMap((name) => {
    const room = `${opsFolder}/${name}`;
    const launches = under(sources, room).filter(({ path }) => /\.(webgpu|cpu)\.ts$/.test(path));
    const needed = launches.map(({ path }) => otherDevice(path));
    if (!families.includes(name)) needed.push(`${room}/${name}.ts`);
    if (launches.length > 0) needed.push(`${room}/${name}.reference.ts`);
    const missing = needed.filter((path) => !sources.has(path)).map((path) => `${path}: is missing`);
    const blind = launches.filter(({ path }) => path.endsWith(".webgpu.ts") && !loadsWgsl(path, sources));
    return [...missing, ...blind.map(({ path }) => `${path}: loads no WGSL`)];
  });
}

function otherDevice(path: string): string {
  return path.endsWith(".cpu.ts") ? path.replace(/\.cpu\.ts$/, ".webgpu.ts") : path.replace(/\.webgpu\.ts$/, ".cpu.ts");
}

function loadsWgsl(path: string, sources: SourceMap): boolean {
  return closure(path, sources).some(({ imports }) => imports.some((specifier) => specifier.endsWith(".wgsl")));
}

/** Kernels that no launch loads or the WebAssembly module does not hold, and cases that the case table does not list. */
export function orphans(sources: SourceMap): string[] {
  const imported = new Set(under(sources, engine).flatMap((source) => importedPaths(source, sources)));
  const compiled = new Set(closure(`${engine}/kernels.assembly.ts`, sources).map(({ path }) => path));
  const cases = new Set(closure(`${opsFolder}/cases.ts`, sources).map(({ path }) => path));
  return under(sources, opsFolder).flatMap(({ path }) => {
    if (path.endsWith(".wgsl") && !imported.has(path)) return [`${path}: no launch imports it`];
    if (path.endsWith(".assembly.ts") && !compiled.has(path)) return [`${path}: kernels.assembly.ts does not reach it`];
    if (path.endsWith(".cases.ts") && !cases.has(path)) return [`${path}: ops/cases.ts does not list it`];
    return [];
  });
}

function importedPaths(source: Source, sources: SourceMap): string[] {
  return source.imports.map((specifier) => resolveImport(source, specifier, sources) ?? specifier);
}

/** Ops that nobody can call: rooms whose public function index.ts does not re-export. */
export function hiddenOps(sources: SourceMap, families: readonly string[]): string[] {
  const index = sources.get(`${engine}/index.ts`);
  return roomNames(sources)
    .filter((name) => !families.includes(name) && !index?.imports.includes(`./ops/${name}/${name}.ts`))
    .map((name) => `${opsFolder}/${name}: index.ts does not re-export its op`);
}
