import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { cnn } from "@tessera/nn";
import { openDevice } from "@tessera/tensor";
import { describe, expect, it } from "vitest";
import { parseRecipe, readRecipe, recipeJsonSchema, recipeNames } from "./read-recipe.ts";
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
