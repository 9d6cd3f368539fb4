/** @file Launches the elementwise shell with an op's own expression. */
import { defineKernel, spreadStrided } from "../../devices/webgpu/kernel.ts";
import { sizeOf } from "../../shape.ts";
import type { WebgpuLaunch } from "../op.ts";
import code from "./elementwise.wgsl";
import { broadcastLayout } from "./layout.ts";

/** A constant of the expression. */
export interface ElementwiseAttributes {
  readonly alpha: number;
}

/** Names of the parameters that hold sizes and strides, axis by axis; the outermost size is not needed. */
const axes = [0, 1, 2, 3, 4, 5].map((axis) => ({ size: `d${axis}`, strides: [`a${axis}`, `b${axis}`, `c${axis}`] }));
const placeholder = "return a; // EXPRESSION";

/** @param expression WGSL over `a`, `b`, `c` and `alpha`, all f32 */
export function elementwiseWebgpu(name: string, expression: string): WebgpuLaunch<ElementwiseAttributes> {
  const kernel = defineKernel({
    name,
    code: code.replace(placeholder, `return ${expression};`),
    bindings: { operandA: "read", operandB: "read", operandC: "read", result: "write" },
    parameters: {
      ...{ size: "u32", d1: "u32", d2: "u32", d3: "u32", d4: "u32", d5: "u32" },
      ...{ a0: "u32", a1: "u32", a2: "u32", a3: "u32", a4: "u32", a5: "u32" },
      ...{ b0: "u32", b1: "u32", b2: "u32", b3: "u32", b4: "u32", b5: "u32" },
      ...{ c0: "u32", c1: "u32", c2: "u32", c3: "u32", c4: "u32", c5: "u32" },
      alpha: "f32",
    } as const,
    constants: { CONTIGUOUS: 1 },
  });
  return (device, inputs, [output], { alpha }) => {
    const [a, b = a, c = a] = inputs;
    const operands = [a!, b!, c!];
    const layout = broadcastLayout(
      name,
      operands.map(({ shape }) => shape),
      output!.shape,
    );
    const size = sizeOf(output!.shape);
    const parameters: Record<string, number> = { size, alpha };
    axes.forEach((names, axis) => {
      if (axis > 0) parameters[names.size] = layout.sizes[axis]!;
      names.strides.forEach((name, operand) => {
        parameters[name] = layout.strides[operand]![axis]!;
      });
    });
    device.run(kernel, {
      bindings: { operandA: a!.block, operandB: b!.block, operandC: c!.block, result: output!.block },
      parameters: parameters as Record<keyof typeof kernel.parameters, number>,
      constants: { CONTIGUOUS: layout.contiguous ? 1 : 0 },
      workgroups: spreadStrided(device, size),
    });
  };
}
