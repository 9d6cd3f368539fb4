import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  cnn,
  DropBlock2D,
  Dropout,
  elu18,
  fit,
  type Module,
  miniCnn,
  resnetDropBlock,
  type TrainingContext,
} from "@tessera/nn";
import { openDevice } from "@tessera/tensor";
import { describe, expect, it } from "vitest";
import { parseRecipe, readRecipe, recipeJsonSchema, recipeNames } from "./read-recipe.ts";
import { recipeCallbacks } from "./recipe-callbacks.ts";
import { recipeOptimizer } from "./recipe-optimizer.ts";
import { recipeSchedule } from "./recipe-schedule.ts";

const folder = fileURLToPath(new URL("../../../../recipes/", import.meta.url));

describe("recipes that come with the command", () => {
  it.each(recipeNames())("%s is complete and says what came of it", (name) => {
    const { fields, source } = readRecipe(name);
    const recipe = parseRecipe(fields, source);
    expect(recipe.title).toBeTruthy();
    expect(recipe.result?.testAccuracy ?? recipe.result?.note).toBeTruthy();
    expect(fields.$schema).toBe("./recipe.schema.json");
  });

  it("has the schema beside them that the command prints", () => {
    expect(readdirSync(folder)).toContain("recipe.schema.json");
    expect(JSON.parse(readFileSync(`${folder}recipe.schema.json`, "utf8"))).toEqual(
      JSON.parse(JSON.stringify(recipeJsonSchema())),
    );
  });
});

describe("parseRecipe", () => {
  it("fills in the defaults of the flags", () => {
    const recipe = parseRecipe({ model: { name: "cnn" } }, "test");
    expect(recipe).toMatchObject({
      epochs: 10,
      batchSize: 32,
      seed: 0,
      optimizer: { name: "adam", learningRate: 1e-3 },
    });
    expect(recipe.schedule).toEqual({ name: "constant", warmUp: 0 });
  });

  it.each([
    [{ model: { name: "cnn" }, epoch: 3 }, /^mine\.json: \$: .*epoch/],
    [{ model: { name: "nn" } }, /^mine\.json: \$\.model\.name: .*got "nn"/],
    [{ model: { name: "cnn" }, optimizer: { name: "sgd", momentum: 2 } }, /\$\.optimizer\.momentum: .*got 2/],
    [{ model: { name: "cnn" }, schedule: { name: "multi-step", milestones: [1, -2] } }, /milestones\[1\]: .*got -2/],
    [{}, /\$\.model/],
    [{ model: { name: "cnn" }, dropBlock: { to: 0.8 } }, /\$\.dropBlock: cnn has no DropBlock/],
    [
      { model: { name: "resnet18" }, dropoutStages: [{ at: 0, multiply: 2 }] },
      /\$\.dropoutStages: resnet18 has no rate of dropout/,
    ],
    [
      { model: { name: "cnn" }, dropoutStages: [{ at: 0, multiply: 2, add: [1] }] },
      /expected one of rates, add and mul/,
    ],
    [
      { model: { name: "cnn" }, dropoutStages: [5, 5].map((at) => ({ at, multiply: 2 })) },
      /\$\.dropoutStages: expected rising iterations/,
    ],
    [
      { model: { name: "cnn" }, reduceOnPlateau: {}, schedule: { name: "cosine" } },
      /\$\.reduceOnPlateau: expected a constant schedule/,
    ],
    [
      { model: { name: "cnn" }, earlyStopping: {}, data: { validation: "none" } },
      /\$\.earlyStopping: there is no val_loss where data\.validation is none/,
    ],
  ])("names the field that is wrong: %j", (value, message) => {
    expect(() => parseRecipe(value, "mine.json")).toThrow(message);
  });
});

describe("recipeSchedule", () => {
  const rates = (schedule: object, positions: number[], epochs = 4) => {
    const recipe = parseRecipe(
      { model: { name: "cnn" }, optimizer: { name: "sgd", learningRate: 1 }, schedule, epochs },
      "test",
    );
    const rate = recipeSchedule(recipe, 10);
    return positions.map((position) => Number(rate(position).toFixed(6)));
  };

  it("counts lengths in epochs, and positions in iterations", () => {
    expect(rates({ name: "constant" }, [0, 39])).toEqual([1, 1]);
    expect(rates({ name: "step", every: 2 }, [0, 19, 20, 39])).toEqual([1, 1, 0.1, 0.1]);
    expect(rates({ name: "multi-step", milestones: [1, 3], factor: 0.5 }, [9, 10, 29, 30])).toEqual([
      1, 0.5, 0.5, 0.25,
    ]);
    expect(rates({ name: "exponential", factor: 0.25 }, [0, 5, 10])).toEqual([1, 0.5, 0.25]);
    expect(rates({ name: "cosine", minimum: 0.2 }, [0, 20, 40])).toEqual([1, 0.6, 0.2]);
  });

  it("rises first where there is a warm-up, and in a cycle", () => {
    expect(rates({ name: "constant", warmUp: 1 }, [0, 5, 10])).toEqual([0, 0.5, 1]);
    expect(rates({ name: "one-cycle", rise: 0.5, startDivisor: 2, endDivisor: 5 }, [0, 19, 39])).toEqual([0.5, 1, 0.1]);
  });
});

describe("recipeCallbacks", () => {
  const parsed = (fields: object) => parseRecipe({ model: { name: "cnn" }, ...fields }, "test");

  it("are none where the recipe says nothing of them, and in the order of their work", async () => {
    const device = await openDevice("cpu", { threads: 1 });
    using model = miniCnn({ classes: 2 });
    expect(recipeCallbacks(parsed({}), model, () => {})).toEqual([]);
    const all = parsed({
      ...{ model: { name: "cnn-dropblock" }, dropoutStages: [{ at: 1, multiply: 2 }], dropBlock: { to: 0.5 } },
      ...{ reduceOnPlateau: { patience: 1 }, earlyStopping: { monitor: "val_accuracy" } },
    });
    expect(recipeCallbacks(all, model, () => {}).map(({ name }) => name)).toEqual([
      ...["dropout rate scheduler", "DropBlock scheduler", "reduce on plateau", "early stopping"],
    ]);
    await device.destroy();
  });

  it("raise elu18's dropout at the iterations of its recipe", async () => {
    const device = await openDevice("cpu", { threads: 1 });
    const recipe = parseRecipe(readRecipe("cifar100-elu18").fields, "test");
    using model = elu18({ classes: 2, width: 1 / 128, dropout: 0.25 });
    const lines: string[] = [];
    const [scheduler] = recipeCallbacks(recipe, model, (line) => void lines.push(line));
    const ratesAt = (iteration: number) => {
      scheduler!.onTrainBegin!({ model, iteration, epoch: 1 } as unknown as TrainingContext);
      return [...model.layers.values()].flatMap((each) =>
        each instanceof Dropout ? [Number(each.rate.toFixed(6))] : [],
      );
    };
    expect(ratesAt(84_999)).toEqual(new Array(7).fill(0.25));
    expect(ratesAt(85_000)).toEqual([0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.25]);
    expect(ratesAt(135_000)).toEqual([0.375, 0.525, 0.675, 0.825, 0.95, 0.95, 0.375]);
    expect(lines).toHaveLength(2);
    await device.destroy();
  });

  it("let DropBlock keep less from epoch to epoch", async () => {
    const device = await openDevice("cpu", { threads: 1 });
    using model = resnetDropBlock({ classes: 2, width: 1 / 16 });
    const rateAt = (fields: object, epoch: number) => {
      const recipe = parsed({ model: { name: "resnet-dropblock" }, epochs: 10, dropBlock: { to: 0.5, ...fields } });
      const [scheduler] = recipeCallbacks(recipe, model, () => {});
      scheduler!.onEpochBegin!({ model, iteration: 0, epoch } as unknown as TrainingContext);
      const rates = dropBlocks(model);
      expect(new Set(rates).size).toBe(1);
      return Number(rates[0]!.toFixed(6));
    };
    expect([1, 6, 11].map((epoch) => rateAt({}, epoch))).toEqual([1, 0.75, 0.5]);
    expect([1, 2, 5, 9].map((epoch) => rateAt({ from: 0.9, epochs: 4 }, epoch))).toEqual([0.9, 0.8, 0.5, 0.5]);
    await device.destroy();
  });

  it("lower the rate and end training where the loss stalls", async () => {
    const device = await openDevice("cpu", { threads: 1 });
    const recipe = parsed({
      optimizer: { name: "sgd", learningRate: 0.5 },
      reduceOnPlateau: { monitor: "loss", patience: 1, minDelta: 100 },
      earlyStopping: { monitor: "loss", patience: 3, minDelta: 100 },
    });
    using model = miniCnn({ classes: 2 });
    using optimizer = recipeOptimizer(model, recipe);
    const batch = { images: new Uint8Array(3072).fill(99), labels: Int32Array.of(1), shape: [1, 32, 32, 3] };
    const lines: string[] = [];
    const callbacks = recipeCallbacks(recipe, model, (line) => void lines.push(line));
    const { history, stopped } = await fit(model, optimizer, { train: () => [batch], epochs: 9, callbacks });
    expect([history.length, stopped]).toEqual([4, "loss has not improved since epoch 1"]);
    expect(optimizer.learningRate).toBeCloseTo(0.0005, 12);
    expect(lines).toHaveLength(3);
    await device.destroy();
  });
});

/** Keep-probabilities of all layers of DropBlock. */
function dropBlocks(module: Module): number[] {
  return module instanceof DropBlock2D
    ? [module.keepProbability]
    : module.children().flatMap(([, child]) => dropBlocks(child));
}

describe("recipeOptimizer", () => {
  it("spares biases and normalisations from weight decay unless told otherwise", async () => {
    const device = await openDevice("cpu", { threads: 1 });
    const optimizerOf = (settings: object) => {
      const recipe = parseRecipe({ model: { name: "cnn" }, optimizer: { name: "sgd", ...settings } }, "test");
      return recipeOptimizer(cnn({ classes: 10 }), recipe);
    };
    const decays = (settings: object) => optimizerOf(settings).groups.map(({ weightDecay }) => weightDecay);
    expect(decays({ weightDecay: 5e-4 })).toEqual([5e-4, 0]);
    expect(decays({ weightDecay: 5e-4, decayBiasAndNorm: true })).toEqual([5e-4]);
    expect(decays({})).toEqual([0]);
    expect(optimizerOf({ learningRate: 0.5, momentum: 0.9, nesterov: true }).learningRate).toBe(0.5);
    await device.destroy();
  });
});
