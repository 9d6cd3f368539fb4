/** @file Test-time augmentation: what a model says of several views of an image, averaged. */
import { add, cropAndResize, log, mul, type Shape, softmax, type Tensor } from "@tessera/tensor";
import { boxTensor } from "./augment/crop-batch.ts";
import { colorTensor } from "./augment/crops.ts";
import { Module } from "./module.ts";

/** Which views of an image are averaged. */
export type TestTimeAugmentation = "flip" | "flip-shift";

/** An image moved by whole pixels, and mirrored or not. */
export interface View {
  readonly down: number;
  readonly across: number;
  readonly mirrored: boolean;
}

/** How far `flip-shift` moves images, in pixels. */
const shift = 2;

/**
 * `flip`: an image and its mirror image. `flip-shift`: those two, where they are and moved by 2 pixels up, down, to
 * the left and to the right: ten views.
 */
export function viewsOf(kind: TestTimeAugmentation): View[] {
  const moves = [
    [0, 0],
    ...(kind === "flip"
      ? []
      : [
          [-shift, 0],
          [shift, 0],
          [0, -shift],
          [0, shift],
        ]),
  ];
  return moves.flatMap(([down, across]) =>
    [false, true].map((mirrored) => ({ down: down!, across: across!, mirrored })),
  );
}

/**
 * A model that looks at several views of each image: `forward` gives `log (mean of softmax(model(view)))`, logarithms of
 * averaged probabilities, whose softmax they are. So `evaluate` and `predict` take it like the model itself. Pixels
 * that a moved image lacks are 0, after scaling.
 */
export class AveragedViews extends Module {
  readonly kind = "AveragedViews";
  readonly model: Module;
  readonly #views: readonly View[];

  constructor(model: Module, kind: TestTimeAugmentation) {
    super();
    this.model = model;
    this.#views = viewsOf(kind);
  }

  forward(x: Tensor): Tensor {
    const probabilities = this.#views.map((view) => softmax(this.model.forward(seen(x, view))));
    return log(
      mul(
        probabilities.reduce((sum, each) => add(sum, each)),
        1 / this.#views.length,
      ),
    );
  }

  outputShape(input: Shape): Shape {
    return this.model.outputShape(input);
  }
}

/** The images as a view has them. */
function seen(images: Tensor, { down, across, mirrored }: View): Tensor {
  if (down === 0 && across === 0 && !mirrored) return images;
  const [count, height, width, channels] = images.shape as [number, number, number, number];
  const boxes = new Int32Array(5 * count);
  for (let b = 0; b < count; b++) boxes.set([-down, -across, height, width, mirrored ? 1 : 0], 5 * b);
  return cropAndResize(images, boxTensor(boxes, images), colorTensor("AveragedViews", 0, channels, images));
}
