/** @file What a recipe may say of tasks that are about pixels. */
import { z } from "zod";

const colorize = z.strictObject({
  name: z.literal("colorize").describe("the colour of each pixel of a grey image"),
  classes: z.array(z.string().min(1)).min(1).optional().describe("whose images are coloured (default: all)"),
  colours: z
    .string()
    .min(1)
    .optional()
    .describe("k-means centres, .npy or kmeans_colour_a2.tar.gz (default: found in the training images)"),
  count: z.int().min(2).max(256).default(24).describe("colours to find, or which of an archive"),
});

const segment = z
  .strictObject({
    name: z.literal("segment").describe("the class of each pixel, from a folder of images and labels"),
    classes: z.array(z.string().min(1)).min(2).describe("names; a class's number is its place, from 0"),
    masks: z
      .record(z.string().regex(/^\d+$/), z.string().min(1).nullable())
      .describe("the class of each number in a mask; null for pixels that do not count"),
    test: z
      .union([z.array(z.string().min(1)).min(1), z.int().min(1)])
      .describe("images held out as the test set: names without ending, or how many (drawn with seed 0)"),
  })
  .superRefine(({ classes, masks }, { addIssue }) => {
    for (const [number, name] of Object.entries(masks)) {
      if (name === null || classes.includes(name)) continue;
      const message = `expected one of ${classes.join(", ")}, or null`;
      addIssue({ code: "custom", path: ["masks", number], message });
    }
  });

/** What is learnt of the data, where it is not a class for each image. */
export const task = z.discriminatedUnion("name", [colorize, segment]);

/** A task that is about pixels. */
export type PixelTask = z.output<typeof task>;
