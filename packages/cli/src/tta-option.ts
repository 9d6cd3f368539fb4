/** @file The option for test-time augmentation. */
import type { TestTimeAugmentation } from "@tessera/nn";
import { Option } from "commander";

/** What is averaged, in words. */
export const ttaText: Record<TestTimeAugmentation, string> = {
  flip: "each image and its mirror image",
  "flip-shift": "each image and its mirror image, in place and moved by 2 pixels in four directions",
};

/** `--tta <views>`. */
export function ttaOption(): Option {
  const views = Object.entries(ttaText).map(([name, text]) => `${name}: ${text}`);
  return new Option("--tta <views>", `average probabilities over views of an image (${views.join("; ")})`).choices(
    Object.keys(ttaText),
  );
}
