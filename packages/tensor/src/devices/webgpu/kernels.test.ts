/** @file Every kernel's declaration says what its WGSL says: no device takes part, so drift fails on any machine. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { LiteralExpr, Override, type VariableInfo, WgslParser, WgslReflect } from "wgsl_reflect/wgsl_reflect.module.js";
import "../../index.ts";
import { definedKernels, type Kernel } from "./kernel.ts";

/** What a kernel declares, in the form that the WGSL is brought into. */
interface Interface {
  readonly entryPoint: string;
  /** `x: 0.0 read`: name, group, binding and access, by binding. */
  readonly bindings: readonly string[];
  /** `4: f32`: where a member of the uniform struct is, in bytes, and its type. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly constants: Readonly<Record<string, number>>;
}

function declared({ entryPoint = "main", bindings, parameters, constants }: Kernel): Interface {
  const storage = Object.entries(bindings).map(
    ([name, access], i) => `${name}: 0.${i} ${access === "read" ? "read" : "read_write"}`,
  );
  const members = Object.entries(parameters);
  return {
    entryPoint,
    bindings: members.length ? [...storage, `parameters: 0.${storage.length} uniform`] : storage,
    parameters: Object.fromEntries(members.map(([name, type], i) => [name, `${4 * i}: ${type}`])),
    constants,
  };
}

/** The same, as the WGSL has it; of several entry points, `entryPoint` is looked for. */
function written(text: string, entryPoint = "main"): Interface {
  // wgsl_reflect 1.6.0 takes the name `block`, an ordinary one in WGSL, for a keyword.
  const code = text.replace(/\bblock\b/g, "block_");
  const reflection = new WgslReflect(code);
  const describeBinding = ({ name, group, binding, access }: VariableInfo, kind = access) =>
    `${name}: ${group}.${binding} ${kind}`;
  const bindings = [
    ...reflection.storage.map((variable) => ({ variable, text: describeBinding(variable) })),
    ...reflection.uniforms.map((variable) => ({ variable, text: describeBinding(variable, "uniform") })),
  ].sort((a, b) => a.variable.binding - b.variable.binding);
  const members = reflection.uniforms[0]?.members ?? [];
  return {
    entryPoint: reflection.entry.compute.find(({ name }) => name === entryPoint)?.name ?? "(none)",
    bindings: bindings.map(({ text }) => text),
    parameters: Object.fromEntries(members.map(({ name, type, offset }) => [name, `${offset}: ${type.name}`])),
    constants: overrideDefaults(code),
  };
}

/** An override without a literal default is NaN, which no declaration is. */
function overrideDefaults(code: string): Record<string, number> {
  const overrides = new WgslParser().parse(code).filter((node) => node instanceof Override);
  return Object.fromEntries(
    overrides.map(({ name, value }) => [name, value instanceof LiteralExpr ? Number(value.scalarValue) : Number.NaN]),
  );
}

describe("declarations of kernels", () => {
  test.each(definedKernels().map((kernel) => [kernel.name, kernel] as const))("%s", (_, kernel) => {
    expect(declared(kernel)).toEqual(written(kernel.code, kernel.entryPoint));
    // Packed in the order of the declaration, so the order of the names counts too.
    expect(Object.keys(kernel.parameters)).toEqual(Object.keys(written(kernel.code).parameters));
  });

  test("no two kernels share a name", () => {
    const names = definedKernels().map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  });

  test("every .wgsl file is some kernel's", () => {
    const root = fileURLToPath(new URL("../..", import.meta.url));
    const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".wgsl"));
    // By their headers: the elementwise shell's expression is not the file's.
    const headers = new Set(definedKernels().map(({ code }) => code.split("\n")[0]));
    const orphans = files.filter((file) => !headers.has(readFileSync(`${root}/${file}`, "utf8").split("\n")[0]));
    expect(orphans).toEqual([]);
  });
});

describe("drift", () => {
  const code = `
    struct Parameters { size: u32, scale: f32 }
    override workgroupSize: u32 = 64;
    override fast: bool = false;
    @group(0) @binding(0) var<storage, read> x: array<f32>;
    @group(0) @binding(1) var<storage, read_write> y: array<f32>;
    @group(0) @binding(2) var<uniform> parameters: Parameters;
    @compute @workgroup_size(workgroupSize) fn main() { y[0] = select(x[0], parameters.scale, fast); }
  `;
  const kernel: Kernel = {
    name: "scale",
    code,
    bindings: { x: "read", y: "write" },
    parameters: { size: "u32", scale: "f32" },
    constants: { workgroupSize: 64, fast: 0 },
  };

  test("is none where the two agree", () => expect(declared(kernel)).toEqual(written(code)));

  test.each([
    ["a binding's name", code.replaceAll("x: array", "z: array")],
    ["a binding's number", code.replace("@binding(0)", "@binding(3)")],
    ["a binding's group", code.replace("@group(0) @binding(0)", "@group(1) @binding(0)")],
    ["a binding's access", code.replace("read> x", "read_write> x")],
    ["one binding more", code.replace("@compute", "@group(0) @binding(3) var<storage, read> z: array<f32>;\n@compute")],
    ["the uniform's name", code.replace("var<uniform> parameters", "var<uniform> sizes")],
    ["a parameter's name", code.replace("size: u32,", "sizes: u32,")],
    ["a parameter's type", code.replace("size: u32,", "size: i32,")],
    ["the parameters' order", code.replace("size: u32, scale: f32", "scale: f32, size: u32")],
    ["one parameter more", code.replace("scale: f32 }", "scale: f32, shift: f32 }")],
    ["a constant's name", code.replaceAll("workgroupSize", "groupSize")],
    ["a constant's default", code.replace("= 64", "= 32")],
    ["a flag's default", code.replace("= false", "= true")],
    ["a default that is missing", code.replace("u32 = 64", "u32")],
    ["the entry point", code.replace("fn main", "fn start")],
  ])("in %s is seen", (_, drifted) => {
    expect(drifted).not.toBe(code);
    expect(declared(kernel)).not.toEqual(written(drifted));
  });
});
