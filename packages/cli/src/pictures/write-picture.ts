/** @file A picture in a run's folder. */
import type { RunFolder } from "../run-folder.ts";

/** Writes `<name>.svg` and `<name>.png`. */
export async function writePicture(folder: RunFolder, name: string, svg: string): Promise<void> {
  const { toPng } = await import("./png.ts");
  folder.write(`${name}.svg`, svg);
  folder.write(`${name}.png`, toPng(svg));
}
