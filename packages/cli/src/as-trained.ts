/** @file Images as a run was trained on them. */
import { encodePreprocessor, type ImageSet, type Pixels, type Preprocessor } from "@tessera/data";
import type { LoadedSet } from "./load-set.ts";

/**
 * A part of a set as a run is to see it: of a prepared set as it is, of another after what the run's own set went through.
 *
 * @param source what errors call the set.
 */
export async function asTrained(
  data: LoadedSet,
  part: "train" | "test",
  preprocessor: Preprocessor | undefined,
  source: string,
): Promise<ImageSet<Pixels>> {
  const set = data[part];
  if (data.prepared) {
    if (sameNumbers(data.preprocessor, preprocessor)) return set;
    const hint = "hint: name the source that the set was made from, and the run prepares it as its own";
    throw new Error(`${source}: prepared otherwise than the set that the run was trained on\n  ${hint}`);
  }
  const { images, shape } = set;
  if (!preprocessor || images instanceof Float32Array) return set;
  return { ...set, images: await preprocessor.apply(images, shape) };
}

/** Whether two preprocessors make the same of every image; none leaves it as it is. */
function sameNumbers(a: Preprocessor | undefined, b: Preprocessor | undefined): boolean {
  const [one, other] = [a, b].map((each) => {
    const idle = !each || (!each.settings.sharpen && each.settings.normalize === "none");
    return idle ? new Uint8Array(0) : encodePreprocessor(each);
  });
  return Buffer.compare(one!, other!) === 0;
}
