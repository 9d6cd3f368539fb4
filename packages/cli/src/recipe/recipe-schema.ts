/** @file What a training recipe may say: the one schema behind `--recipe` files, flags and a run's `config.json`. */
import { z } from "zod";
import { allModels } from "../models.ts";
import { task } from "./task-schema.ts";

const share = z.number().min(0).max(1);
const positive = z.number().positive();
const factor = z.number().min(0);
const whole = z.int().min(0);
const count = z.int().min(1);
const perChannel = z.union([z.number(), z.array(z.number()).min(1)]);

const data = z.strictObject({
  path: z.string().min(1).optional().describe("archive or folder; --data goes before it"),
  labels: z.enum(["fine", "coarse"]).default("fine").describe("which of CIFAR-100's labels"),
  validation: z
    .union([z.enum(["test", "none"]), z.number().gt(0).lt(1), z.string().min(1)])
    .default(0.1)
    .describe(
      "share of the training set to hold out, test, or none; a prepared set's own part goes before a share; for shards: a pattern of others",
    ),
  test: z.string().min(1).optional().describe("shards to measure on at the end (default: those of validation)"),
  meanFile: z.string().min(1).optional().describe("what mean-rgb wrote of the training shards: goes before mean"),
  labelMap: z.string().min(1).optional().describe("names of the shards' classes (default: preprocess's manifest)"),
  crop: count.optional().describe("side of the squares that are cut out of the shards' images (default: the model's)"),
  principalColours: z
    .strictObject({
      values: z.array(factor).length(3).describe("eigenvalues of the colours' covariance, of colours of 0 to 1"),
      vectors: z.array(z.array(z.number()).length(3)).length(3).describe("eigenvectors, one a row"),
    })
    .optional()
    .describe("for augment.pcaColour (default: what meanFile says)"),
  mean: perChannel.default(0).describe("subtracted from pixels of 0 to 255: one number or one a channel"),
  deviation: perChannel.default(255).describe("pixels are divided by it: one number or one a channel"),
});

const modelNames = Object.keys(allModels) as [keyof typeof allModels, ...(keyof typeof allModels)[]];

const model = z
  .strictObject({
    name: z.enum(modelNames),
    width: positive.optional().describe("factor on numbers of filters and units"),
    dropout: z
      .union([share, z.array(share).length(4)])
      .optional()
      .describe("rate, or cnn's four; for models that have dropout"),
    keepProbability: share.optional().describe("share that DropBlock keeps; for models that have it"),
    rates: z.array(count).min(1).optional().describe("deeplab's dilations, in pixels of its map"),
    backbone: z.string().min(1).optional().describe("safetensors that deeplab's backbone begins with"),
  })
  .superRefine(({ name, width: _, ...settings }, { addIssue }) => {
    const taken: readonly string[] = allModels[name].settings ?? [];
    for (const setting of Object.keys(settings).filter((each) => !taken.includes(each))) {
      addIssue({ code: "custom", path: [setting], message: `${name} takes no ${setting}` });
    }
    if (Array.isArray(settings.dropout) !== (name === "cnn") && settings.dropout !== undefined) {
      const message = name === "cnn" ? "cnn has four rates of dropout" : `${name} has one rate of dropout`;
      addIssue({ code: "custom", path: ["dropout"], message });
    }
  });

const clipping = {
  clipNorm: positive.optional().describe("greatest global norm of the gradients"),
  clipValue: positive.optional().describe("greatest magnitude of a gradient's element"),
};
const decay = {
  weightDecay: factor.default(0).describe("λ"),
  decayBiasAndNorm: z.boolean().default(false).describe("whether λ also holds for biases and normalisations"),
};
const betas = {
  beta1: share.default(0.9),
  beta2: share.default(0.999),
  epsilon: positive.default(1e-7),
};

const optimizer = z.discriminatedUnion("name", [
  z.strictObject({ name: z.literal("adam"), learningRate: positive.default(1e-3), ...betas, ...clipping }),
  z.strictObject({
    name: z.literal("adamw"),
    learningRate: positive.default(1e-3),
    ...betas,
    ...decay,
    weightDecay: factor.default(0.01).describe("λ"),
    ...clipping,
  }),
  z.strictObject({
    name: z.literal("sgd"),
    learningRate: positive.default(0.01),
    momentum: share.default(0),
    nesterov: z.boolean().default(false),
    ...decay,
    ...clipping,
  }),
  z.strictObject({
    name: z.literal("rmsprop"),
    learningRate: positive.default(1e-3),
    ...decay,
    ...clipping,
  }),
]);

const warmUp = factor.default(0).describe("epochs over which the rate rises from 0 to the schedule's");

const schedule = z.discriminatedUnion("name", [
  z.strictObject({ name: z.literal("constant"), warmUp }),
  z.strictObject({
    name: z.literal("step"),
    every: positive.describe("epochs from one drop to the next"),
    factor: positive.default(0.1),
    warmUp,
  }),
  z.strictObject({
    name: z.literal("multi-step"),
    milestones: z.array(positive).min(1).describe("epochs after which the rate drops"),
    factor: positive.default(0.1),
    warmUp,
  }),
  z.strictObject({ name: z.literal("exponential"), factor: positive.describe("a factor for each epoch"), warmUp }),
  z.strictObject({ name: z.literal("cosine"), minimum: factor.default(0), warmUp }),
  z.strictObject({
    name: z.literal("one-cycle"),
    rise: share.default(0.3).describe("share of training in which the rate rises"),
    startDivisor: positive.default(25),
    endDivisor: positive.default(1e4),
  }),
]);

const augment = z.strictObject({
  padding: whole.default(0).describe("pixels added at each border before a crop of the image's own size"),
  flip: share.default(0).describe("probability of a horizontal flip"),
  someOfCropFlipDropout: z
    .boolean()
    .default(false)
    .describe("for each image some of a crop of up to 12 pixels, a flip, and coarse dropout"),
  pcaColour: factor
    .default(0)
    .describe("AlexNet's noise of colours: standard deviation of the factors of their principal components, 0.1 there"),
  resizedCrop: z
    .strictObject({
      scale: z.tuple([share, share]).default([0.08, 1]).describe("least and greatest share of the image's area"),
      ratio: z
        .tuple([positive, positive])
        .default([3 / 4, 4 / 3])
        .describe("least and greatest ratio of width to height, relative to the image's own"),
      size: count.optional().describe("height and width of the result, in pixels (default: the image's own)"),
    })
    .optional()
    .describe("a random part of each image, resized; with its mask"),
  cutout: whole.default(0).describe("side of a square that is blanked, in pixels"),
  randomErasing: share.default(0).describe("probability that a rectangle is filled with the mean"),
  mixup: factor.default(0).describe("α of mixup's Beta(α, α)"),
  cutmix: factor.default(0).describe("α of cutmix's Beta(α, α)"),
});

const monitor = z.string().min(1).default("val_loss").describe("a value of the history");

const earlyStopping = z.strictObject({
  monitor,
  patience: whole.default(10).describe("epochs without improvement after which training ends"),
  minDelta: factor.default(0).describe("by how much a value has to be better"),
});

const reduceOnPlateau = z.strictObject({
  monitor,
  factor: z.number().gt(0).lt(1).default(0.1).describe("what the learning rate is multiplied by"),
  patience: whole.default(10).describe("epochs without improvement after which it falls"),
  minDelta: factor.default(1e-4).describe("by how much a value has to be better"),
  cooldown: whole.default(0).describe("epochs after a fall that are not counted"),
  minimum: factor.default(0).describe("least rate"),
});

const keep = z.number().gt(0).max(1);

const dropBlock = z.strictObject({
  from: keep.default(1).describe("share that DropBlock keeps in the first epoch"),
  to: keep.describe("share that it keeps in the end"),
  epochs: positive.optional().describe("over which it goes from one to the other, evenly (default: all)"),
});

const dropoutStage = z
  .strictObject({
    at: whole.describe("iterations, counted from 0"),
    rates: z.array(share).min(1).optional().describe("of each layer of dropout, in order"),
    add: z.array(z.number()).min(1).optional().describe("what is added to each layer's rate"),
    multiply: factor.optional().describe("what all rates are multiplied by"),
  })
  .refine(({ rates, add, multiply }) => [rates, add, multiply].filter((each) => each !== undefined).length === 1, {
    message: "expected one of rates, add and multiply",
  });

const average = z.strictObject({
  name: z.literal("ema").default("ema"),
  decay: share.default(0.999).describe("what the average keeps of itself in a step"),
});

const histograms = z.strictObject({ everyEpochs: count.describe("epochs from one to the next") });

const result = z.strictObject({
  testAccuracy: share.optional().describe("top-1"),
  testTop5Accuracy: share.optional(),
  testLoss: factor.optional().describe("cross-entropy in nats"),
  testMeanIoU: share.optional(),
  testWeightedIoU: share.optional(),
  date: z.string().optional(),
  machine: z.string().optional(),
  minutes: positive.optional().describe("of training, validation included"),
  note: z.string().optional(),
});

/** Every field may be left out but the model; defaults are those of the flags. */
export const recipeSchema = z
  .strictObject({
    $schema: z.string().optional(),
    title: z.string().optional(),
    data: data.prefault({}),
    task: task.optional().describe("what is learnt of the data (default: a class for each image)"),
    model,
    optimizer: optimizer.prefault({ name: "adam" }),
    schedule: schedule.prefault({ name: "constant" }),
    reduceOnPlateau: reduceOnPlateau
      .optional()
      .describe("lowers the rate when a value stalls; for a constant schedule"),
    earlyStopping: earlyStopping.optional().describe("ends training when a value stalls"),
    dropoutStages: z
      .array(dropoutStage)
      .min(1)
      .optional()
      .describe("changes of dropout's rates, one after the other; a rate ends at 0.95"),
    dropBlock: dropBlock.optional().describe("what DropBlock keeps, by epoch"),
    labelSmoothing: share.default(0),
    augment: augment.prefault({}),
    epochs: count.default(10),
    batchSize: count.default(32),
    accumulate: count.default(1).describe("batches whose gradients make one step"),
    average: average.optional().describe("average of the weights, which is what is validated and kept"),
    histograms: histograms.optional().describe("of the weights, for TensorBoard"),
    seed: whole.default(0).describe("weights, order, augmentation and dropout are a function of it"),
    result: result.optional().describe("what came of it, where it was run"),
  })
  .superRefine(({ model: { name }, schedule, data, ...recipe }, { addIssue }) => {
    const refuse = (field: string, message: string) => addIssue({ code: "custom", path: [field], message });
    const { settings = [], task } = allModels[name];
    if (task !== recipe.task?.name) refuse("task", `${name} is ${task ? `for ${task}` : "a classifier"}`);
    const mixed = (["mixup", "cutmix"] as const).find((each) => recipe.augment[each] > 0);
    if (task && mixed) refuse("augment", `${mixed} mixes classes of images, and is not for ${task}`);
    if (recipe.dropBlock && !settings.includes("keepProbability")) refuse("dropBlock", `${name} has no DropBlock`);
    if (recipe.dropoutStages && !settings.includes("dropout"))
      refuse("dropoutStages", `${name} has no rate of dropout`);
    const steady = schedule.name === "constant" && schedule.warmUp === 0;
    if (recipe.reduceOnPlateau && !steady)
      refuse("reduceOnPlateau", "expected a constant schedule without warm-up beside it");
    for (const field of ["earlyStopping", "reduceOnPlateau"] as const) {
      if (data.validation !== "none" || !recipe[field]?.monitor.startsWith("val_")) continue;
      refuse(field, `there is no ${recipe[field].monitor} where data.validation is none`);
    }
    const at = recipe.dropoutStages?.map((stage) => stage.at) ?? [];
    if (at.some((each, i) => i > 0 && each <= at[i - 1]!)) refuse("dropoutStages", "expected rising iterations");
  });

/** A recipe, checked and complete. */
export type Recipe = z.output<typeof recipeSchema>;
