import { describe, expect, it } from "vitest";
import { openCommunicator } from "./open-communicator.ts";
import { singleProcess } from "./single-process.ts";

describe("a job of one process", () => {
  it("is what a program without a launcher opens", async () => {
    const alone = { launcher: "none", rank: 0, size: 1, localRank: 0, localSize: 1 } as const;
    await using communicator = await openCommunicator({ launch: alone });
    expect(communicator).toMatchObject({ rank: 0, size: 1, library: "one process" });
  });

  it("gives every call what it was given", async () => {
    const communicator = singleProcess();
    const values = Float32Array.of(1, 2);
    await communicator.allReduce(values, "mean");
    await communicator.broadcast(values);
    await communicator.barrier();
    const into = new Float32Array(2);
    await communicator.allGather(values, into);
    expect([...values, ...into]).toEqual([1, 2, 1, 2]);
  });

  it("refuses calls after it was closed", async () => {
    const communicator = singleProcess();
    await communicator.close();
    await expect(communicator.allReduce(new Float32Array(1))).rejects.toThrow("allReduce: the communicator is closed");
    await expect(communicator.barrier()).rejects.toThrow("barrier: the communicator is closed");
  });

  const one = singleProcess();
  it.each([
    [() => one.allReduce([1] as never), "allReduce: expected a Float32Array, Float64Array or Int32Array, got Array"],
    [() => one.allReduce(new Int32Array(1), "mean"), "allReduce: a mean of int32 would have to be rounded"],
    [() => one.allReduce(new Float32Array(1), "max" as never), 'allReduce: expected "sum" or "mean", got "max"'],
    [() => one.broadcast(new Float32Array(1), 1), "broadcast: root must be a rank, 0 to 0, got 1"],
    [() => one.broadcast(undefined as never), "broadcast: expected a Float32Array, Float64Array, Int32Array or Uint8A"],
    [() => one.allGather(new Int32Array(2), new Int32Array(3)), "allGather: into must hold 1 × 2 elements, got 3"],
    [
      () => one.allGather<never>(new Int32Array(2) as never, null as never),
      "allGather: into must be a Int32Array as v",
    ],
  ])("says in one line what an argument should have been: %#", async (call, message) => {
    await expect(call()).rejects.toThrow(message);
  });
});
