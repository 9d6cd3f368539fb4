// Optimizers beside PyTorch's, over several steps along the same gradients. The goldens and their provenance are in
// goldens/optim.json; scripts/goldens/optim.py made them and says what is drawn from where.
import { setDefaultDevice, sizeOf, type Tensor, tensor, uniform } from "@tessera/tensor";
import { checkClose, openTestDevices } from "@tessera/tensor/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import goldens from "../../goldens/optim.json" with { type: "json" };
import { parameter } from "../initializers.ts";
import { adam, adamw } from "./adam.ts";
import type { Optimizer } from "./optimizer.ts";
import { rmsprop } from "./rmsprop.ts";
import { sgd } from "./sgd.ts";

const makers: Record<string, (parameters: { parameters: Tensor[] }[], settings: object) => Optimizer> = {
  adam,
  adamw,
  rmsprop,
  sgd,
};

interface Golden {
  readonly optimizer: string;
  readonly settings: object;
  readonly groups?: readonly object[];
  readonly clipNorm?: number;
  readonly clipValue?: number;
  readonly norms?: readonly number[];
  readonly steps: readonly (readonly number[])[];
}

const runs = (goldens.runs as readonly Golden[]).map((golden) => {
  const { optimizer, settings, groups, clipNorm, clipValue } = golden;
  const name = `${optimizer} ${JSON.stringify({ ...settings, groups, clipNorm, clipValue })}`;
  return [name, golden] as const;
});

const drawn = (shape: readonly number[], key: { seed: number; stream: number; counter?: number }) =>
  uniform(key, sizeOf(shape), -1, 1);

/**
 * Eight steps. In each, a parameter is rounded three times, and moves by at most half of the greatest one, a distance that
 * ten roundings went into: eight roundings a step, if none makes up for another.
 */
const tolerance = 8 * 8 * 2 ** -24;

const devices = await openTestDevices();

describe.each(devices)("optimizers beside PyTorch on $name", ({ device }) => {
  beforeAll(() => setDefaultDevice(device));
  afterAll(() => device.destroy());

  it.each(runs)("%s", async (_, { optimizer: name, settings, groups = [], clipNorm, clipValue, norms, steps }) => {
    const parameters = goldens.shapes.map((shape, p) => parameter(drawn(shape, { seed: 21, stream: p }), shape));
    const own = parameters.map((each, p) => ({ parameters: [each], ...groups[p] }));
    const clip = { ...(clipNorm && { clipNorm }), ...(clipValue && { clipValue }) };
    using optimizer = makers[name]!(own, { ...settings, ...clip });
    for (const [counter, expected] of steps.entries()) {
      const gradients = goldens.shapes.map((shape, stream) =>
        tensor(drawn(shape, { seed: 22, stream, counter }), shape),
      );
      optimizer.update(gradients);
      const values = await Promise.all(parameters.map((each) => each.data()));
      const found = values.flatMap((each) => [...each]);
      const array = { shape: [expected.length], data: Float64Array.from(expected) };
      checkClose(found, array, { what: `${name}: step ${counter}`, tolerance });
      if (norms) expect((await optimizer.gradientNorm!.value()) / norms[counter]!).toBeCloseTo(1, 6);
      for (const each of gradients) each.dispose();
    }
    for (const each of parameters) each.dispose();
  });
});
