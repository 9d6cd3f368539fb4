/** @file Ten images of a set with what they are and what the model says, as a picture. */
import { type Module, type PixelScale, predict } from "@tessera/nn";
import { type MeasuredImages, sampleOf } from "./measured-images.ts";
import { visible } from "./pictures/visible-pixels.ts";

/** What the picture is made from. */
export interface PredictionGridOptions {
  readonly pixels: PixelScale;
  readonly classNames: readonly string[];
  /** Which images is a function of it. */
  readonly seed: number;
}

const count = 10;

/**
 * Draws distinct random images in one or two rows, each titled `True: …` and `Pred: …`. Of normalised images, which is what
 * the title then says, each is drawn from its least value to its greatest.
 *
 * @returns an SVG
 */
export async function predictionGrid(
  model: Module,
  set: MeasuredImages,
  options: PredictionGridOptions,
): Promise<string> {
  const { pixels, classNames, seed } = options;
  const sample = await sampleOf(set, count, seed);
  const [logits] = await predict(model, [sample], { pixels });
  const [, height, width, channels] = sample.shape;
  const size = height * width * channels;
  const drawn = visible(sample).images;
  const note = sample.images instanceof Float32Array ? "normalised pixels\n" : "";
  const { imageGridSvg } = await import("./pictures/image-grid.ts");
  const images = Array.from(sample.labels, (label, i) => {
    const predicted = argmaxOf(logits!.subarray(i * classNames.length, (i + 1) * classNames.length));
    return {
      pixels: drawn.subarray(i * size, (i + 1) * size),
      height,
      width,
      title: `${note}True: ${classNames[label]}\nPred: ${classNames[predicted]}`,
      tint: predicted === label ? ("right" as const) : ("wrong" as const),
    };
  });
  return imageGridSvg(images, { columns: 5, scale: Math.max(1, Math.floor(128 / width)) });
}

function argmaxOf(values: Float32Array): number {
  return values.reduce((best, value, i) => (value > values[best]! ? i : best), 0);
}
