import { classification, type DistributedOptions, pixelClassification } from "@tessera/nn";
import { expect, it } from "vitest";
import { batchesOf, ranksByParts } from "./measured-images.ts";

/** Nothing is exchanged by what makes batches. */
const never = () => Promise.reject(new Error("nothing is to be exchanged"));
const distributed: DistributedOptions = {
  communicator: { rank: 0, size: 2, allReduce: never, broadcast: never, allGather: never },
};

const set = { images: new Uint8Array(250 * 3072), labels: new Int32Array(250), shape: [250, 32, 32, 3] } as const;

async function sizesOf(batches: ReturnType<typeof batchesOf>): Promise<number[]> {
  const sizes: number[] = [];
  for await (const { shape } of batches) sizes.push(shape[0]!);
  return sizes;
}

it("gives ranks that measure by parts as many images each as a process alone", async () => {
  expect(await sizesOf(batchesOf(set))).toEqual([100, 100, 50]);
  expect(await sizesOf(batchesOf(set, ranksByParts(classification(), distributed)))).toEqual([200, 50]);
});

it("gives ranks that each measure all no larger batches", async () => {
  expect(await sizesOf(batchesOf(set, ranksByParts(pixelClassification(), distributed)))).toEqual([100, 100, 50]);
});
