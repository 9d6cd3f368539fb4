/** @file Launch of RMSprop on WebGPU. */
import { defineKernel, spread } from "../../devices/webgpu/kernel.ts";
import type { WebgpuBlock } from "../../devices/webgpu/webgpu-device.ts";
import { sizeOf } from "../../shape.ts";
import type { WebgpuLaunch } from "../op.ts";
import type { RmspropLaunchAttributes } from "./rmsprop.ts";
import code from "./rmsprop.wgsl";

const kernel = defineKernel({
  name: "rmsprop",
  code,
  bindings: {
    values: "write",
    squares: "write",
    means: "write",
    velocity: "write",
    gradients: "read",
    stepWords: "read",
  },
  parameters: {
    size: "u32",
    rate: "u32",
    decay: "u32",
    rho: "f32",
    rest: "f32",
    epsilon: "f32",
    momentum: "f32",
    centered: "u32",
    moving: "u32",
  },
  constants: {},
});

/** Bytes of what is bound in the place of a target that is not there. */
const unused = 16;

export const rmspropWebgpu: WebgpuLaunch<RmspropLaunchAttributes> = (device, [gradients], targets, attributes) => {
  const { rho, epsilon, momentum, places, words } = attributes;
  const [means, velocity] = [targets[places.meanGradient], targets[places.velocity]];
  const size = sizeOf(targets[0]!.shape);
  // Writable bindings must not overlap, so each has a stand-in of its own.
  const orStandIn = (target: typeof means, body: (block: WebgpuBlock) => void) =>
    target ? body(target.block) : device.scratch(unused, "rmsprop", body);
  orStandIn(means, (meanBlock) => {
    orStandIn(velocity, (velocityBlock) => {
      device.run(kernel, {
        bindings: {
          values: targets[0]!.block,
          squares: targets[1]!.block,
          means: meanBlock,
          velocity: velocityBlock,
          gradients: gradients!.block,
          stepWords: device.stepWords.current(),
        },
        parameters: {
          ...{ size, ...words.slots, rho, rest: 1 - rho, epsilon, momentum },
          ...{ centered: means ? 1 : 0, moving: velocity ? 1 : 0 },
        },
        workgroups: spread(size, 64),
      });
    });
  });
};
