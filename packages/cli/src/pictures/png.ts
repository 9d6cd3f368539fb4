import { createRequire } from "node:module";
import { Resvg } from "@resvg/resvg-js";

const require = createRequire(import.meta.url);

/**
 * Draws an SVG as a PNG, on white, by resvg, with the bundled font and no other: the same picture on every machine.
 *
 * @param svg the document.
 * @param options.width pixels; the height follows. Default: the size that the SVG gives itself.
 * @throws Error if the text is no SVG.
 */
export function toPng(svg: string, { width }: { width?: number } = {}): Uint8Array {
  const font = {
    loadSystemFonts: false,
    fontFiles: [require.resolve("dejavu-fonts-ttf/ttf/DejaVuSans.ttf")],
    defaultFontFamily: "DejaVu Sans",
    sansSerifFamily: "DejaVu Sans",
  };
  const fitTo = width === undefined ? { mode: "original" as const } : { mode: "width" as const, value: width };
  return new Resvg(svg, { font, fitTo, background: "white" }).render().asPng();
}
