/** @file Kernels as data: what a WGSL entry point binds and takes, typed so that a launch cannot forget a part. */

/** How a kernel uses a storage buffer: `read` is `var<storage, read>`, `write` is `var<storage, read_write>`. */
export type Access = "read" | "write";

/** The scalar types of a parameter. */
export type ParameterType = "u32" | "i32" | "f32";

/** A WGSL entry point and its interface. */
export interface Kernel<
  Bindings extends Record<string, Access> = Record<string, Access>,
  Parameters extends Record<string, ParameterType> = Record<string, ParameterType>,
  Constants extends Record<string, number> = Record<string, number>,
> {
  /** Names the kernel in errors, labels and profiles. */
  readonly name: string;
  /** The whole text of the `.wgsl` file. */
  readonly code: string;
  /** Default: `main`. */
  readonly entryPoint?: string;
  /** Storage buffers, in the order of their `@binding` numbers from 0 in `@group(0)`. */
  readonly bindings: Bindings;
  /** Members of the uniform struct, in order; it is bound after the storage buffers, under the name `parameters`. */
  readonly parameters: Parameters;
  /** `override` constants with the values they take when a launch names none. */
  readonly constants: Constants;
}

/** Declares a kernel. A test compares the declaration with what the WGSL says. */
export function defineKernel<
  const Bindings extends Record<string, Access>,
  const Parameters extends Record<string, ParameterType>,
  Constants extends Record<string, number>,
>(kernel: Kernel<Bindings, Parameters, Constants>): Kernel<Bindings, Parameters, Constants> {
  kernels.push(kernel);
  return kernel;
}

const kernels: Kernel[] = [];

/** Every kernel defined so far by the modules that were imported. */
export function definedKernels(): readonly Kernel[] {
  return kernels;
}

/** Packs parameters as the WGSL struct lays them out: four bytes each, rounded up to 16. */
export function packParameters(kernel: Kernel, values: Readonly<Record<string, number>>): ArrayBuffer {
  const names = Object.keys(kernel.parameters);
  const view = new DataView(new ArrayBuffer(Math.ceil(names.length / 4) * 16));
  names.forEach((name, i) => {
    const value = values[name]!;
    if (kernel.parameters[name] === "f32") view.setFloat32(i * 4, value, true);
    else if (kernel.parameters[name] === "i32") view.setInt32(i * 4, value, true);
    else view.setUint32(i * 4, value, true);
  });
  return view.buffer;
}

/** Most workgroups along one dimension of a dispatch: WebGPU's default limit. */
const maxWorkgroups = 65535;

/** Workgroups of 64 that keep an adapter busy: an invocation takes more items only where there are more of them. */
const busy = { hardware: 4096, software: 64 } as const;

/** Most items that an invocation takes: enough to make up for what starting it costs. */
const mostTurns = 16;

/**
 * Workgroups for kernels that go through `items` work items with strides: invocations take every n-th, n being their
 * number. On software adapters an invocation costs as much to start as a dozen loads, so they get few.
 *
 * @param least invocations that there must be, unless there are fewer items
 */
export function spreadStrided(
  { software }: { readonly software: boolean },
  items: number,
  least = 1,
): [number, number, number] {
  const groups = Math.ceil(items / 64);
  const enough = Math.max(busy[software ? "software" : "hardware"], Math.ceil(least / 64));
  return spread(Math.min(groups, Math.max(enough, Math.ceil(groups / mostTurns))), 1);
}

/**
 * Workgroups for `items` work items, `perGroup` to a group, spread over x and y; kernels number a group as
 * `workgroup_id.y * num_workgroups.x + workgroup_id.x` and check their index against the size.
 */
export function spread(items: number, perGroup: number): [number, number, number] {
  const groups = Math.max(1, Math.ceil(items / perGroup));
  const rows = Math.ceil(groups / maxWorkgroups);
  return [Math.ceil(groups / rows), rows, 1];
}
