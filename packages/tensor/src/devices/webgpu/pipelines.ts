/** @file Compiled kernels, their parameters and their bind groups: each is made once and found again by content. */
import { type Kernel, packParameters } from "./kernel.ts";
import { bufferUsage } from "./usage.ts";
import type { WebgpuBlock } from "./webgpu-device.ts";

/** Uniforms and bind groups beyond this many are forgotten all at once; a training step needs a few hundred. */
const cacheCapacity = 8192;

interface Compiled {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
  readonly id: number;
}

interface Uniform {
  readonly buffer: GPUBuffer;
  readonly id: number;
}

/** The caches of one device. */
export class Pipelines {
  readonly #device: GPUDevice;
  /** Told, later, what a pipeline's creation ran into. */
  readonly #report: (message: string) => void;
  readonly #compiled = new Map<Kernel, Map<string, Compiled>>();
  readonly #modules = new Map<string, GPUShaderModule>();
  readonly #uniforms = new Map<string, Uniform>();
  readonly #groups = new Map<string, GPUBindGroup>();
  #nextId = 0;
  #groupsMade = 0;
  #buffersMade = 0;

  constructor(device: GPUDevice, report: (message: string) => void) {
    this.#device = device;
    this.#report = report;
  }

  /** Bind groups and uniform buffers made so far, kept or not. */
  get made(): { bindGroups: number; buffers: number } {
    return { bindGroups: this.#groupsMade, buffers: this.#buffersMade };
  }

  /** The kernel compiled for a set of override constants. */
  compile(kernel: Kernel, constants: Readonly<Record<string, number>>): Compiled {
    const variants = this.#compiled.get(kernel) ?? new Map<string, Compiled>();
    this.#compiled.set(kernel, variants);
    let key = "";
    for (const name in constants) key += `${name}=${constants[name]},`;
    const present = variants.get(key);
    if (present) return present;
    this.#device.pushErrorScope("validation");
    const layout = this.#layout(kernel);
    const pipeline = this.#device.createComputePipeline({
      label: kernel.name,
      layout: this.#device.createPipelineLayout({ bindGroupLayouts: [layout], label: kernel.name }),
      compute: {
        module: this.#module(kernel),
        entryPoint: kernel.entryPoint ?? "main",
        constants: { ...kernel.constants, ...constants },
      },
    });
    void this.#device.popErrorScope().then((error) => {
      if (error) this.#report(`kernel "${kernel.name}": ${error.message.split("\n").slice(0, 3).join(" ")}`);
    });
    const compiled = { pipeline, layout, id: this.#nextId++ };
    variants.set(key, compiled);
    return compiled;
  }

  /**
   * The bind group of a launch. The pool may destroy a buffer that nothing uses; its id is never given again, so groups
   * of it are not found any more, and go when the cache is full.
   */
  bind(
    kernel: Kernel,
    { layout, id }: Compiled,
    blocks: readonly WebgpuBlock[],
    parameters: Readonly<Record<string, number>>,
  ): GPUBindGroup {
    const uniform = Object.keys(kernel.parameters).length ? this.#uniform(kernel, id, parameters) : null;
    let key = `${id}|${uniform?.id}`;
    for (const block of blocks) key += `|${block.id}:${block.byteOffset}:${block.byteLength}`;
    const present = this.#groups.get(key);
    if (present) return present;
    const resources: GPUBindingResource[] = blocks.map(({ buffer, byteOffset, byteLength }) => ({
      buffer,
      offset: byteOffset,
      size: byteLength,
    }));
    if (uniform) resources.push({ buffer: uniform.buffer });
    const entries = resources.map((resource, binding) => ({ binding, resource }));
    const group = this.#device.createBindGroup({ layout, entries, label: kernel.name });
    this.#groupsMade++;
    if (this.#groups.size >= cacheCapacity) this.#groups.clear();
    this.#groups.set(key, group);
    return group;
  }

  #layout(kernel: Kernel): GPUBindGroupLayout {
    const types: GPUBufferBindingType[] = Object.values(kernel.bindings).map((access) =>
      access === "read" ? "read-only-storage" : "storage",
    );
    if (Object.keys(kernel.parameters).length) types.push("uniform");
    const compute = 4; // GPUShaderStage.COMPUTE, which Node does not define globally
    const entries = types.map((type, binding) => ({ binding, visibility: compute, buffer: { type } }));
    return this.#device.createBindGroupLayout({ entries, label: kernel.name });
  }

  #module({ code, name }: Kernel): GPUShaderModule {
    const module = this.#modules.get(code) ?? this.#device.createShaderModule({ code, label: name });
    this.#modules.set(code, module);
    return module;
  }

  /** Parameters never change once bound, so a buffer serves every launch with the same ones. */
  #uniform(kernel: Kernel, compiledId: number, parameters: Readonly<Record<string, number>>): Uniform {
    // By the values, because packing them takes longer than finding them. Text does not tell -0 from 0.
    let key = `${compiledId}`;
    for (const name in kernel.parameters) {
      const value = parameters[name]!;
      key += Object.is(value, -0) ? ",-0" : `,${value}`;
    }
    const present = this.#uniforms.get(key);
    if (present) return present;
    const bytes = packParameters(kernel, parameters);
    const buffer = this.#device.createBuffer({
      size: bytes.byteLength,
      usage: bufferUsage.uniform,
      mappedAtCreation: true,
      label: kernel.name,
    });
    this.#buffersMade++;
    new Uint8Array(buffer.getMappedRange()).set(new Uint8Array(bytes));
    buffer.unmap();
    // Forgotten, not destroyed: commands that are not submitted yet may still use them. They are collected as garbage.
    if (this.#uniforms.size >= cacheCapacity) this.#uniforms.clear();
    const uniform = { buffer, id: this.#nextId++ };
    this.#uniforms.set(key, uniform);
    return uniform;
  }
}
