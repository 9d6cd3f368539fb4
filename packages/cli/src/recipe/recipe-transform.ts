/** @file The augmentation that a recipe describes. */
import {
  type BatchTransform,
  compose,
  cutmix,
  cutout,
  horizontalFlip,
  mixup,
  padCrop,
  pcaColour,
  randomErasing,
  randomResizedCrop,
  someOfCropFlipDropout,
} from "@tessera/nn";
import type { Recipe } from "./recipe-schema.ts";

/**
 * What batches go through on the device, in this order: crops and flips, colours, what is blanked, what is mixed. Pixels that
 * are added or blanked are 0 after scaling, which is the mean where the recipe takes it off. `null` if nothing is done.
 */
export function recipeTransform(
  { augment, seed, data: { principalColours, deviation } }: Pick<Recipe, "augment" | "seed" | "data">,
  classes: number,
): BatchTransform | null {
  const { padding, flip, cutout: size, resizedCrop } = augment;
  const transforms: BatchTransform[] = [];
  if (padding > 0) transforms.push(padCrop({ padding, seed }));
  if (resizedCrop) {
    const { size: side, ...settings } = resizedCrop;
    transforms.push(randomResizedCrop({ ...settings, ...(side && { size: [side, side] as const }), seed }));
  }
  if (flip > 0) transforms.push(horizontalFlip({ probability: flip, seed }));
  if (augment.someOfCropFlipDropout) transforms.push(someOfCropFlipDropout({ seed }));
  if (augment.pcaColour > 0 && principalColours) {
    transforms.push(pcaColour({ ...principalColours, deviation, sigma: augment.pcaColour, seed }));
  }
  if (size > 0) transforms.push(cutout({ size, seed }));
  if (augment.randomErasing > 0) transforms.push(randomErasing({ probability: augment.randomErasing, seed }));
  if (augment.mixup > 0) transforms.push(mixup({ alpha: augment.mixup, classes, seed }));
  if (augment.cutmix > 0) transforms.push(cutmix({ alpha: augment.cutmix, classes, seed }));
  return transforms.length === 0 ? null : compose(...transforms);
}
