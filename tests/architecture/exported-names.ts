/** @file The names that an entry point exports, types marked as such. */
import ts from "typescript";

/** Sorted: values, then types. Entry points name what they re-export, so one file's syntax says it all. */
export function exportedNames(source: string): string[] {
  const file = ts.createSourceFile("entry.ts", source, ts.ScriptTarget.ES2022, true);
  const names = file.statements.flatMap((statement) =>
    ts.isExportDeclaration(statement) ? reexported(statement) : declared(statement),
  );
  const rank = (name: string) => (name.startsWith("type ") ? `1${name.toLowerCase()}` : `0${name.toLowerCase()}`);
  return names.sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
}

function reexported({ exportClause, isTypeOnly }: ts.ExportDeclaration): string[] {
  if (!exportClause || !ts.isNamedExports(exportClause)) return [];
  return exportClause.elements.map((element) =>
    isTypeOnly || element.isTypeOnly ? `type ${element.name.text}` : element.name.text,
  );
}

function declared(statement: ts.Statement): string[] {
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
  if (!modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) return [];
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement))
    return [`type ${statement.name.text}`];
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) return [statement.name!.text];
  return [];
}
