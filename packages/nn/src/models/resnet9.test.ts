import { openDevice, scope, setDefaultDevice, sum, tensor } from "@tessera/tensor";
import { afterAll, beforeAll, expect, it } from "vitest";
import { summarize } from "../summary.ts";
import { resnet9 } from "./resnet9.ts";

const device = await openDevice("cpu", { threads: 1 });
beforeAll(() => setDefaultDevice(device));
afterAll(() => device.destroy());

it("has cifar10-fast's 6,573,120 parameters, whatever the size of the image", () => {
  using small = resnet9({ classes: 10 });
  using large = resnet9({ classes: 10, input: [64, 48, 3] });
  expect(summarize(small, [32, 32, 3]).trainable).toBe(6_573_120);
  expect(summarize(large, [64, 48, 3]).trainable).toBe(6_573_120);
  expect(large.outputShape([2, 64, 48, 3])).toEqual([2, 10]);
});

it("scales its logits", async () => {
  const logits = async (logitScale?: number) => {
    using model = resnet9({ classes: 3, width: 1 / 16, seed: 1, ...(logitScale && { logitScale }) });
    using y = scope(() => model.forward(tensor(new Float32Array(8 * 8 * 3).fill(0.5), [1, 8, 8, 3])));
    return Array.from(await y.data());
  };
  const plain = await logits(1);
  expect(await logits()).toEqual(plain.map((value) => value / 8));
  expect(plain.some((value) => value !== 0)).toBe(true);
});

it("takes another activation", async () => {
  const output = async (activation: "relu" | "gelu") => {
    using model = resnet9({ classes: 3, width: 1 / 16, activation });
    using total = scope(() => sum(model.forward(tensor(new Float32Array(8 * 8 * 3).fill(0.5), [1, 8, 8, 3]))));
    return total.item();
  };
  expect(await output("gelu")).not.toBe(await output("relu"));
});

it("refuses images that three poolings leave nothing of", () => {
  using model = resnet9({ classes: 10, width: 1 / 64 });
  expect(() => model.outputShape([1, 7, 8, 3])).toThrow("MaxPooling2D: a window of 2 does not fit into 1 pixels");
});
