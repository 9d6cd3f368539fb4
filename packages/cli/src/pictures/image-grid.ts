import { encode } from "fast-png";
import { escapeXml, FONT_FAMILY, shorten, textWidth } from "./text.ts";

/** An image of a grid. */
export interface GridImage {
  /** Values 0 … 255, height · width · channels of them, HWC; three channels (R, G, B) or one (grey). */
  readonly pixels: Uint8Array;
  readonly height: number;
  readonly width: number;
  /** Above the image; `\n` begins a line. A line of more than 40 characters is shortened. */
  readonly title: string;
  /** Draws the title's last line green or red. Default: black. */
  readonly tint?: "right" | "wrong";
}

/** How a grid is laid out. */
export interface GridOptions {
  /** Images in a row. */
  readonly columns: number;
  /** Pixels of the picture to a pixel of an image, a whole number from 1. */
  readonly scale: number;
}

const FONT_SIZE = 13;
const LINE_HEIGHT = 17;
const GAP = 14;
const MOST_CHARACTERS = 40;
const TINTS = { right: "#1a7f37", wrong: "#c5221f" } as const;

/**
 * Images in rows, each enlarged to whole squares of colour, with its title above it and no axes.
 *
 * All cells are alike and as wide as the widest image or title, so titles never meet.
 *
 * @param images one or more, in reading order; sizes may differ.
 * @returns an SVG that holds the images as PNG and needs nothing else.
 * @throws Error naming the image or option that cannot be drawn.
 */
export function imageGridSvg(images: readonly GridImage[], { columns, scale }: GridOptions): string {
  check(images, { columns, scale });
  const titles = images.map(({ title }) => title.split("\n").map((line) => shorten(line, MOST_CHARACTERS)));
  const widest = Math.max(...titles.flat().map((line) => textWidth(line, FONT_SIZE)));
  const cell: Cell = {
    width: Math.ceil(Math.max(widest, ...images.map(({ width }) => width * scale))),
    titleHeight: LINE_HEIGHT * Math.max(...titles.map((lines) => lines.length)),
    imageHeight: Math.max(...images.map(({ height }) => height * scale)),
  };
  const across = Math.min(columns, images.length);
  const down = Math.ceil(images.length / columns);
  const stepX = cell.width + GAP;
  const stepY = cell.titleHeight + cell.imageHeight + GAP;
  const cells = images.map((image, i) => {
    const x = GAP + (i % columns) * stepX;
    const y = GAP + Math.floor(i / columns) * stepY;
    return `<g transform="translate(${x} ${y})">${drawCell(image, titles[i]!, cell, scale)}</g>`;
  });
  const size = `width="${GAP + across * stepX}" height="${GAP + down * stepY}"`;
  const text = `font-family="${FONT_FAMILY}" font-size="${FONT_SIZE}" text-anchor="middle"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${text}>`,
    SQUARE_PIXELS,
    '<rect width="100%" height="100%" fill="white"/>',
    ...cells,
    "</svg>\n",
  ].join("\n");
}

/** SVG 1.1's `optimizeSpeed` makes squares in resvg, `pixelated` in browsers; resvg passes over rules that begin with @. */
const SQUARE_PIXELS = "<style>@supports (image-rendering: pixelated) { image { image-rendering: pixelated } }</style>";

interface Cell {
  readonly width: number;
  readonly titleHeight: number;
  readonly imageHeight: number;
}

/** Titles stand on their images; images hang from one line and are centred at whole pixels. */
function drawCell(image: GridImage, title: readonly string[], cell: Cell, scale: number): string {
  const lines = title.map((line, i) => {
    const fill = image.tint && i === title.length - 1 ? ` fill="${TINTS[image.tint]}"` : "";
    const y = cell.titleHeight - (title.length - 1 - i) * LINE_HEIGHT - 6;
    return `<text x="${cell.width / 2}" y="${y}"${fill}>${escapeXml(line)}</text>`;
  });
  const width = image.width * scale;
  const place = `x="${Math.floor((cell.width - width) / 2)}" y="${cell.titleHeight}"`;
  const size = `width="${width}" height="${image.height * scale}"`;
  return `${lines.join("")}<image ${place} ${size} image-rendering="optimizeSpeed" href="${dataUri(image)}"/>`;
}

function dataUri(image: GridImage): string {
  return `data:image/png;base64,${Buffer.from(plainPng(image)).toString("base64")}`;
}

/** The image alone, pixel for pixel: a PNG of three channels, or of one where it is grey. */
export function plainPng({ pixels, height, width }: Omit<GridImage, "title">): Uint8Array {
  const channels = pixels.length / (height * width);
  return encode({ width, height, channels, depth: 8, data: pixels });
}

function check(images: readonly GridImage[], options: GridOptions): void {
  if (images.length === 0) throw new Error("imageGridSvg: images: expected at least one, got none");
  for (const name of ["columns", "scale"] as const) {
    const value = options[name];
    if (!Number.isInteger(value) || value < 1)
      throw new Error(`imageGridSvg: ${name}: expected an integer ≥ 1, got ${value}`);
  }
  for (const [i, { pixels, height, width }] of images.entries()) {
    const area = height * width;
    if (area > 0 && (pixels.length === area || pixels.length === 3 * area)) continue;
    const expected = `${area} or ${3 * area} pixel values for ${height} × ${width}`;
    throw new Error(`imageGridSvg: images[${i}]: expected ${expected}, got ${pixels.length}`);
  }
}
