/** @file Text in pictures. All of it is set in one font, which comes with the package: a bare machine has none. */

/** The bundled font; then, for an SVG in a browser, one with nearly its widths, and whatever there is. */
export const FONT_FAMILY = "DejaVu Sans, Verdana, sans-serif";

/** Upper bounds of advances in ems, as DejaVu Sans's `hmtx` table has them; the first group that matches counts. */
const ADVANCES: readonly (readonly [characters: RegExp, ems: number])[] = [
  [/[ !'(),\-./:;IJ[\\\]fijlrt|]/, 0.42],
  [/[0-9a-ln-vx-zEFLPTY_"*?`{}$]/, 0.64],
];

/** At least the width of a line of text, in units of `size`: a caller may rely on it to keep words apart. */
export function textWidth(text: string, size: number): number {
  const ems = [...text].reduce((sum, character) => {
    const group = ADVANCES.find(([characters]) => characters.test(character));
    return sum + (group?.[1] ?? 1);
  }, 0);
  return ems * size;
}

/** The line, or as much of its beginning as fits into `most` characters with an ellipsis. */
export function shorten(line: string, most: number): string {
  const characters = [...line];
  return characters.length <= most ? line : `${characters.slice(0, most - 1).join("")}…`;
}

/** Text as XML may hold it. Control characters, which XML forbids even when escaped, become U+FFFD. */
export function escapeXml(text: string): string {
  const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must go.
  return text.replace(/[&<>"]/g, (character) => entities[character]!).replace(/[\u0000-\u001f]/g, "\ufffd");
}
