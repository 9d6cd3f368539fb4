/** @file The house's rules hold, and each can fail. */
import { describe, expect, it } from "vitest";
import { hiddenOps, incompleteRooms, orphans } from "./architecture/op-rooms.ts";
import {
  type Arrows,
  barrels,
  brokenArrows,
  closedDoors,
  devicesThatKnowOps,
  foreignTraces,
  nodeOutsideOfNodeEntries,
  shippedOracles,
  undeclaredImports,
  unlistedDependencies,
} from "./architecture/rules.ts";
import { type Manifest, readManifests, readRepository, sourceMap } from "./architecture/sources.ts";

/** Which packages each package may import. Apps, tests and examples may import any of them but the command. */
const arrows: Arrows = {
  tensor: [],
  safetensors: [],
  tfrecord: [],
  distributed: [],
  data: ["safetensors", "tfrecord"],
  nn: ["tensor", "safetensors", "tfrecord"],
  cli: ["tensor", "safetensors", "tfrecord", "distributed", "data", "nn"],
};

/** Everything that each package may depend on. A new name needs a reason, written down in ARCHITECTURE.md. */
const dependencyLists: Record<string, readonly string[]> = {
  tensor: ["webgpu"],
  safetensors: [],
  tfrecord: ["pako"],
  distributed: ["koffi"],
  data: [
    ...["@tessera/safetensors", "@tessera/tfrecord", "tar-stream", "pure-rand", "pako", "hyparquet", "tinypool"],
    ...["undici", "fflate", "tinyglobby", "zod", "sharp", "@jsquash/jpeg", "jpeg-js", "fast-png"],
  ],
  nn: ["@tessera/safetensors", "@tessera/tensor", "@tessera/tfrecord", "fflate", "h5wasm"],
  cli: [
    ...["@tessera/data", "@tessera/distributed", "@tessera/nn", "@tessera/safetensors", "@tessera/tensor"],
    ...["@tessera/tfrecord", "cli-progress", "commander", "zod", "vega", "vega-lite", "@resvg/resvg-js"],
    ...["dejavu-fonts-ttf", "fast-png", "sharp"],
  ],
};

/** Rooms that hold kernels for other ops. */
const families = ["elementwise", "gemm", "reduce"];

/** Packages that load in a browser from their main entry point. */
const portable = ["tensor", "safetensors", "tfrecord", "data", "nn"];

const repository = readRepository();
const manifests = readManifests();

/** A package's manifest with the entry points given. */
function manifest(name: string, entries: readonly string[] = ["."], rest: Partial<Manifest> = {}): Manifest {
  const source = (entry: string) => ({ "tessera-source": `./src/${entry === "." ? "index" : entry.slice(2)}.ts` });
  return {
    name: `@tessera/${name}`,
    exports: Object.fromEntries(entries.map((entry) => [entry, source(entry)])),
    ...rest,
  };
}

describe("packages", () => {
  it("import along the arrows", () => {
    expect(repository.size).toBeGreaterThan(50);
    expect(brokenArrows(repository, arrows)).toEqual([]);
  });

  it("may not import against the arrows", () => {
    const bad = sourceMap({
      "packages/tensor/src/a.ts": 'import type { x } from "@tessera/nn";',
      "packages/nn/src/a.ts": 'export { x } from "@tessera/data";',
      "packages/safetensors/src/a.ts": 'const x = await import("@tessera/tensor");',
      "apps/bench/src/a.ts": 'import "@tessera/cli"; import "@tessera/nn";',
      "tests/a.test.ts": 'import "@tessera/bench";',
      "packages/unknown/src/a.ts": 'import "@tessera/cli";',
    });
    expect(brokenArrows(bad, arrows)).toEqual([
      "packages/tensor/src/a.ts: must not import @tessera/nn",
      "packages/nn/src/a.ts: must not import @tessera/data",
      "packages/safetensors/src/a.ts: must not import @tessera/tensor",
      "apps/bench/src/a.ts: must not import @tessera/cli",
      "tests/a.test.ts: must not import @tessera/bench",
      "packages/unknown/src/a.ts: must not import @tessera/cli",
    ]);
  });

  it("meet at their entry points", () => expect(closedDoors(repository, manifests)).toEqual([]));

  it("may not be entered elsewhere", () => {
    const bad = sourceMap({
      "packages/tensor/src/shape.ts": "export const x = 1;",
      "packages/nn/src/a.ts": 'import "@tessera/tensor"; import "@tessera/tensor/src/shape.ts";',
      "packages/nn/src/b.ts": 'import { x } from "../../tensor/src/shape.ts"; import "./a.ts";',
      "tests/a.test.ts": 'import { x } from "../packages/tensor/src/shape.ts"; import "./b.ts";',
    });
    expect(closedDoors(bad, new Map([["tensor", manifest("tensor")]]))).toEqual([
      "packages/nn/src/a.ts: @tessera/tensor/src/shape.ts is no entry point",
      "packages/nn/src/b.ts: reaches into packages/tensor by path (../../tensor/src/shape.ts)",
      "tests/a.test.ts: reaches into packages/tensor by path (../packages/tensor/src/shape.ts)",
    ]);
  });

  it("depend on what their lists allow", () => expect(unlistedDependencies(manifests, dependencyLists)).toEqual([]));

  it("may not depend on more", () => {
    const heavy = manifest("tensor", [], { dependencies: { webgpu: "1" }, optionalDependencies: { lodash: "1" } });
    expect(unlistedDependencies(new Map([["tensor", heavy]]), dependencyLists)).toEqual([
      "packages/tensor: depends on lodash, which its list does not allow",
    ]);
  });

  it("declare what they import", () => expect(undeclaredImports(repository, manifests)).toEqual([]));

  it("may not import what only the root has", () => {
    const bad = sourceMap({
      "packages/data/src/index.ts": 'import "tar-stream"; import "./a.ts"; import "node:fs";',
      "packages/data/src/a.ts": 'import "fast-check/lib";',
      "packages/data/src/a.test.ts": 'import "vitest";',
    });
    const declared = new Map([["data", manifest("data", ["."], { dependencies: { "tar-stream": "1" } })]]);
    expect(undeclaredImports(bad, declared)).toEqual([
      "packages/data/src/a.ts: imports fast-check/lib, which its package does not declare",
    ]);
  });

  it("keep oracles, cases and tests to themselves", () => expect(shippedOracles(repository, manifests)).toEqual([]));

  it("may not ship an oracle", () => {
    const bad = sourceMap({
      "packages/tensor/src/index.ts": 'import "./a.ts";',
      "packages/tensor/src/a.ts": 'import "./a.reference.ts";',
      "packages/tensor/src/a.reference.ts": "",
      "packages/tensor/src/a.cases.ts": 'import "./a.reference.ts";',
      "packages/tensor/src/testing/table.ts": 'import "../a.cases.ts";',
    });
    expect(shippedOracles(bad, new Map([["tensor", manifest("tensor")]]))).toEqual([
      "packages/tensor/src/a.ts: imports packages/tensor/src/a.reference.ts, which is for tests",
      "packages/tensor/src/a.reference.ts: is published with packages/tensor",
    ]);
    expect(shippedOracles(bad, new Map([["tensor", manifest("tensor", ["./testing/table"])]]))).toContain(
      "packages/tensor/src/a.cases.ts: is published with packages/tensor",
    );
  });

  it("load in a browser", () => expect(nodeOutsideOfNodeEntries(repository, portable)).toEqual([]));

  it("may touch Node's modules only from an entry for Node", () => {
    const bad = sourceMap({
      "packages/data/src/index.ts": 'export { a } from "./a.ts";',
      "packages/data/src/a.ts": 'import { open } from "node:fs"; import "path";',
      "packages/data/src/node.ts": 'import { open } from "node:fs";',
    });
    expect(nodeOutsideOfNodeEntries(bad, ["data"])).toEqual([
      "packages/data/src/a.ts: imports node:fs and is reached from index.ts",
      "packages/data/src/a.ts: imports path and is reached from index.ts",
    ]);
  });
});

describe("files", () => {
  it("re-export only where a package is entered", () => expect(barrels(repository)).toEqual([]));

  it("may not be barrels", () => {
    const bad = sourceMap({
      "packages/nn/src/index.ts": 'export { a } from "./a.ts";\nexport * from "./b.ts";',
      "packages/nn/src/a.ts": 'export { b } from "./b.ts";',
      "packages/nn/src/b.ts": 'export type {\n  C,\n} from "./c.ts";',
      "packages/nn/src/c.ts": "export { a };\nexport const from = 1;",
      "packages/tensor/src/kernels.assembly.ts": 'export * from "./a.assembly";',
    });
    expect(barrels(bad)).toEqual([
      "packages/nn/src/index.ts: re-exports without naming what",
      "packages/nn/src/a.ts: re-exports, which only index.ts and node.ts do",
      "packages/nn/src/b.ts: re-exports, which only index.ts and node.ts do",
    ]);
  });

  // This file and the rules name the patterns.
  const naming = ["tests/architecture.test.ts", "tests/architecture/rules.ts", "pnpm-lock.yaml"];

  it("hold no trace of one machine", () => expect(foreignTraces(repository, naming)).toEqual([]));

  it("may not name a machine's own paths or a registry", () => {
    const bad = sourceMap({
      "README.md": "see https://example.org/workspace/page\ncd /workspace/main\n",
      "scripts/a.mjs": 'const folder = "/home/someone/data";',
      ".npmrc": "registry=https://registry.example.org/",
    });
    expect(foreignTraces(bad, []).map((line) => line.split(" ")[0])).toEqual([
      "README.md:2:",
      "scripts/a.mjs:1:",
      ".npmrc:1:",
    ]);
    expect(foreignTraces(bad, [...bad.keys()])).toEqual([]);
  });
});

describe("the engine", () => {
  it("keeps devices and the tape ignorant of ops", () => expect(devicesThatKnowOps(repository)).toEqual([]));

  it("may not let them know one", () => {
    const bad = sourceMap({
      "packages/tensor/src/autograd.ts": 'import { add } from "./ops/add/add.ts";',
      "packages/tensor/src/devices/cpu/a.assembly.ts": 'import { share } from "../../ops/parallel.assembly";',
      "packages/tensor/src/ops/parallel.assembly.ts": "",
      "packages/tensor/src/gradients.ts": 'import { add } from "./ops/add/add.ts";',
    });
    expect(devicesThatKnowOps(bad)).toEqual([
      "packages/tensor/src/autograd.ts: knows packages/tensor/src/ops/add/add.ts",
      "packages/tensor/src/devices/cpu/a.assembly.ts: knows packages/tensor/src/ops/parallel.assembly.ts",
    ]);
  });

  it("gives every op a complete room", () => expect(incompleteRooms(repository, families)).toEqual([]));

  it("may not leave a room incomplete", () => {
    const bad = sourceMap({
      "packages/tensor/src/ops/relu/relu.ts": "",
      "packages/tensor/src/ops/matmul/matmul.ts": "",
      "packages/tensor/src/ops/matmul/matmul.webgpu.ts": 'import code from "./matmul.wgsl";',
      "packages/tensor/src/ops/matmul/matmul.wgsl": "",
      "packages/tensor/src/ops/sum/sum.cpu.ts": "",
      "packages/tensor/src/ops/sum/sum.webgpu.ts": "",
      "packages/tensor/src/ops/sum/sum.reference.ts": "",
      "packages/tensor/src/ops/gemm/blocks.ts": "",
    });
    expect(incompleteRooms(bad, ["gemm"])).toEqual([
      "packages/tensor/src/ops/matmul/matmul.cpu.ts: is missing",
      "packages/tensor/src/ops/matmul/matmul.reference.ts: is missing",
      "packages/tensor/src/ops/sum/sum.ts: is missing",
      "packages/tensor/src/ops/sum/sum.webgpu.ts: loads no WGSL",
    ]);
  });

  it("uses every kernel and every table of cases", () => expect(orphans(repository)).toEqual([]));

  it("may not keep a kernel or cases that nothing uses", () => {
    const bad = sourceMap({
      "packages/tensor/src/kernels.assembly.ts": 'export * from "./ops/a/a.assembly";',
      "packages/tensor/src/ops/cases.ts": 'import { cases } from "./a/a.cases.ts";',
      "packages/tensor/src/ops/a/a.assembly.ts": 'import { share } from "../share.assembly";',
      "packages/tensor/src/ops/share.assembly.ts": "",
      "packages/tensor/src/ops/a/a.cases.ts": "",
      "packages/tensor/src/ops/a/a.webgpu.ts": 'import code from "./a.wgsl";',
      "packages/tensor/src/ops/a/a.wgsl": "",
      "packages/tensor/src/ops/b/b.assembly.ts": "",
      "packages/tensor/src/ops/b/b.cases.ts": "",
      "packages/tensor/src/ops/b/b.wgsl": "",
    });
    expect(orphans(bad)).toEqual([
      "packages/tensor/src/ops/b/b.assembly.ts: kernels.assembly.ts does not reach it",
      "packages/tensor/src/ops/b/b.cases.ts: ops/cases.ts does not list it",
      "packages/tensor/src/ops/b/b.wgsl: no launch imports it",
    ]);
  });

  it("exports every op", () => expect(hiddenOps(repository, families)).toEqual([]));

  it("may not hide an op", () => {
    const bad = sourceMap({
      "packages/tensor/src/index.ts": 'export { add } from "./ops/add/add.ts";',
      "packages/tensor/src/ops/add/add.ts": "",
      "packages/tensor/src/ops/sub/sub.ts": "",
      "packages/tensor/src/ops/gemm/gemm.ts": "",
    });
    expect(hiddenOps(bad, ["gemm"])).toEqual(["packages/tensor/src/ops/sub: index.ts does not re-export its op"]);
  });
});
