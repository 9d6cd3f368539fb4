/** @file Whether the TypeScript in documents is sound, by the compiler, against the packages' sources. */
import { dirname, join } from "node:path";
import ts from "typescript";
import { root } from "../architecture/sources.ts";
import type { Block, Page } from "./pages.ts";

/**
 * What a page says that the reader has, by the page's path and the name: a type, or the entry point that the name would
 * be imported from.
 */
export type StandIns = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** The compiler's complaints about a page's blocks of `ts`, each with the page and its line there. */
export function typeFaults(pages: readonly Page[], standIns: StandIns): string[] {
  const blocks = pages.flatMap((page) =>
    page.blocks.filter(({ language }) => language === "ts").map((block) => [page, block] as const),
  );
  const files = new Map(blocks.map(([page, block]) => [fileOf(page, block), { page, block }]));
  const texts = new Map([...files].map(([file, { page, block }]) => [file, textOf(block, standIns[page.path])]));
  const program = ts.createProgram([...texts.keys(), ...ambient], options, hostWith(texts));
  return [...files].flatMap(([file, { page, block }]) => {
    const source = program.getSourceFile(file)!;
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map((one) => {
      const line = source.getLineAndCharacterOfPosition(one.start ?? 0).line;
      return `${page.path}:${block.line + 1 + line}: ${ts.flattenDiagnosticMessageText(one.messageText, " ")}`;
    });
  });
}

/** The block is a module of its own; what stands in is behind it, so that its lines keep their numbers. */
function textOf({ code }: Block, standIns: StandIns[string] = {}): string {
  const own = declaredIn(code);
  const lines = Object.entries(standIns)
    .filter(([name]) => !own.has(name))
    .map(
      ([name, type]) => `declare const ${name}: ${type.startsWith("@") ? `typeof import("${type}").${name}` : type};`,
    );
  return [code, ...lines, "export {};\n"].join("\n");
}

/** What a module imports, and declares outside of any function. */
function declaredIn(code: string): ReadonlySet<string> {
  const names = new Set<string>();
  const add = (name: ts.BindingName): void => {
    if (ts.isIdentifier(name)) names.add(name.text);
    else for (const element of name.elements) if (ts.isBindingElement(element)) add(element.name);
  };
  for (const statement of ts.createSourceFile("block.ts", code, ts.ScriptTarget.Latest).statements) {
    if (ts.isVariableStatement(statement)) for (const { name } of statement.declarationList.declarations) add(name);
    if (!ts.isImportDeclaration(statement)) continue;
    const bindings = statement.importClause?.namedBindings;
    if (bindings && ts.isNamedImports(bindings)) for (const { name } of bindings.elements) add(name);
  }
  return names;
}

function fileOf({ path }: Page, { line }: Block): string {
  return join(root, "tests", "documents", `${path.replaceAll(/\W/g, "-")}-${line}.ts`);
}

/** Declarations of what the packages' sources import that is no TypeScript. */
const ambient = ["tensor/src/wgsl.d.ts", "data/src/wasm.d.ts"].map((path) => join(root, "packages", path));

const options: ts.CompilerOptions = {
  ...readOptions(),
  // A document shows what a line gives without using it.
  ...{ noUnusedLocals: false, noUnusedParameters: false },
};

function readOptions(): ts.CompilerOptions {
  const path = join(root, "tsconfig.base.json");
  const { config } = ts.readConfigFile(path, ts.sys.readFile);
  return ts.convertCompilerOptionsFromJson(config.compilerOptions, dirname(path)).options;
}

function hostWith(texts: ReadonlyMap<string, string>): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (file) => texts.has(file) || fileExists.call(host, file);
  host.readFile = (file) => texts.get(file) ?? readFile.call(host, file);
  host.getSourceFile = (file, version, ...rest) => {
    const text = texts.get(file);
    return text === undefined
      ? getSourceFile.call(host, file, version, ...rest)
      : ts.createSourceFile(file, text, version);
  };
  return host;
}
