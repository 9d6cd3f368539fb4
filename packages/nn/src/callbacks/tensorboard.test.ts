import { encode, type Tensor as StoredTensor } from "@tessera/safetensors";
import { decodeEvent, decodeRecords } from "@tessera/tfrecord";
import { describe, expect, it } from "vitest";
import type { EpochResult } from "../callback.ts";
import { eventFileName, type TensorBoardBytes, type TensorBoardEvents, tensorBoardEvents } from "./tensorboard.ts";

const result = (epoch: number, validation: Partial<EpochResult> = {}): EpochResult => ({
  epoch,
  loss: 4 / epoch,
  accuracy: 0.25 * epoch,
  top5_accuracy: 0.5,
  seconds: 3,
  images_per_second: 1000,
  ...validation,
});

const validated = { val_loss: 5, val_accuracy: 0.125, val_top5_accuracy: 0.25 };

/** What lies in each folder after some epochs, as events. */
function filesAfter(write: () => TensorBoardBytes[][]) {
  const files: Record<string, Buffer> = {};
  for (const { folder, bytes } of write().flat())
    files[folder] = Buffer.concat([files[folder] ?? Buffer.alloc(0), bytes]);
  return Object.fromEntries(
    Object.entries(files).map(([folder, bytes]) => [
      folder,
      [...decodeRecords(bytes)].map(({ data }) => decodeEvent(data)),
    ]),
  );
}

describe("tensorBoardEvents", () => {
  it("writes histograms of weights beside training's curves", () => {
    const f32 = (...values: number[]): StoredTensor => ({
      ...{ dtype: "F32", shape: [values.length], data: Float32Array.from(values) },
    });
    const tensors = { "conv2d.kernel": f32(-1, 0, 0.5, 2, Number.NaN), "conv2d.bias": f32(3, 3), odd: f32(Number.NaN) };
    const weights = encode(new Map(Object.entries(tensors)), {});
    const files = filesAfter(() => [tensorBoardEvents()(result(2, validated), { wallTime: 1, weights })]);
    expect(files.validation![1]!.summary!.every(({ histogram }) => histogram === undefined)).toBe(true);
    const found = files.train![1]!.summary!.filter(({ histogram }) => histogram);
    expect(found.map(({ tag }) => tag).sort()).toEqual(["conv2d/bias", "conv2d/kernel"]);
    const of = (tag: string) => found.find((each) => each.tag === tag)!.histogram!;
    expect(of("conv2d/bias")).toEqual({
      ...{ min: 3, max: 3, num: 2, sum: 6, sumSquares: 18, bucketLimit: [3], bucket: [2] },
    });
    const kernel = of("conv2d/kernel");
    expect(kernel).toMatchObject({ min: -1, max: 2, num: 4, sum: 1.5, sumSquares: 5.25 });
    // Buckets of a tenth from -1 on: each begins where the one before it ends.
    expect(kernel.bucketLimit.map((limit) => Number(limit.toFixed(6)))).toEqual(
      Array.from({ length: 30 }, (_, i) => Number((-1 + (i + 1) / 10).toFixed(6))),
    );
    expect([0, 10, 15, 29].map((i) => kernel.bucket[i])).toEqual([1, 1, 1, 1]);
    expect(kernel.bucket.reduce((sum, each) => sum + each, 0)).toBe(4);
  });

  const twoEpochs = (events: TensorBoardEvents) => [
    events(result(1, validated), { wallTime: 100.5, learningRate: 0.5 }),
    events(result(2, validated), { wallTime: 200.5, learningRate: 0.25 }),
  ];

  it("writes what Keras's callback writes, in its folders", () => {
    const scalars = (pairs: Record<string, number>) =>
      Object.entries(pairs).map(([tag, simpleValue]) => ({ tag, simpleValue }));
    const files = filesAfter(() => twoEpochs(tensorBoardEvents()));
    const train = { epoch_loss: 4, epoch_accuracy: 0.25, epoch_top5_accuracy: 0.5, epoch_learning_rate: 0.5 };
    const validation = scalars({ epoch_loss: 5, epoch_accuracy: 0.125, epoch_top5_accuracy: 0.25 });
    expect(files).toEqual({
      train: [
        { wallTime: 100.5, step: 0, fileVersion: "brain.Event:2" },
        { wallTime: 100.5, step: 0, summary: scalars(train) },
        {
          wallTime: 200.5,
          step: 1,
          summary: scalars({ ...train, epoch_loss: 2, epoch_accuracy: 0.5, epoch_learning_rate: 0.25 }),
        },
      ],
      validation: [
        { wallTime: 100.5, step: 0, fileVersion: "brain.Event:2" },
        { wallTime: 100.5, step: 0, summary: validation },
        { wallTime: 200.5, step: 1, summary: validation },
      ],
    });
  });

  it("writes no validation where there was none, and no learning rate that is not known", () => {
    const files = filesAfter(() => [tensorBoardEvents()(result(3), { wallTime: 1 })]);
    expect(Object.keys(files)).toEqual(["train"]);
    expect(files.train![1]!.step).toBe(2);
    expect(files.train![1]!.summary!.map(({ tag }) => tag)).toEqual([
      "epoch_loss",
      "epoch_accuracy",
      "epoch_top5_accuracy",
    ]);
  });

  it("begins a folder's file when its first numbers come", () => {
    const events = tensorBoardEvents();
    const files = filesAfter(() => [
      events(result(1), { wallTime: 1 }),
      events(result(2, { ...validated, val_top5_accuracy: undefined }), { wallTime: 2 }),
    ]);
    expect(files.validation!.map(({ wallTime, step, fileVersion }) => ({ wallTime, step, fileVersion }))).toEqual([
      { wallTime: 2, step: 0, fileVersion: "brain.Event:2" },
      { wallTime: 2, step: 1, fileVersion: undefined },
    ]);
    expect(files.validation![1]!.summary).toHaveLength(2);
  });
});

describe("eventFileName", () => {
  it("is TensorFlow's", () => {
    expect(eventFileName(1700000000.9, "host.example")).toBe("events.out.tfevents.1700000000.host.example");
    expect(eventFileName(7, "../ä/b c")).toBe("events.out.tfevents.0000000007...___b_c");
  });

  it("asks for a time", () => {
    expect(() => eventFileName(Number.NaN, "a")).toThrow(
      "eventFileName: expected wallTime to be seconds since 1970, got NaN",
    );
  });
});
