/** @file What every worker does before its first command: it instantiates the kernels and makes them callable. */

/** What a worker needs to call kernels. */
export interface KernelSetup {
  readonly module: WebAssembly.Module;
  /** Exports of the module, in the order of the commands' kernel indices. */
  readonly kernels: readonly string[];
}

/** Calls a kernel by its index, on the `count` arguments that begin at `words[at]`. Throws what the kernel traps on. */
export type KernelCall = (kernel: number, words: Float64Array, at: number, count: number) => void;

/** Instantiates the kernels on a memory, for one thread of several. */
export function bindKernels(
  { module, kernels: names }: KernelSetup,
  memory: WebAssembly.Memory,
  thread: number,
  threads: number,
): KernelCall {
  const environment = {
    memory,
    abort: (_message: number, _file: number, line: number, column: number) => {
      throw new Error(`aborted at line ${line}, column ${column}`);
    },
  };
  const { exports } = new WebAssembly.Instance(module, { env: environment });
  const kernels = names.map((name) => exports[name] as (...args: number[]) => void);
  // One array of arguments per kernel, its last two filled in once, so that a command allocates nothing.
  const argumentsOf = kernels.map((kernel) => {
    const args = new Array<number>(kernel.length).fill(0);
    args[kernel.length - 2] = thread;
    args[kernel.length - 1] = threads;
    return args;
  });
  return (kernel, words, at, count) => {
    const args = argumentsOf[kernel]!;
    for (let i = 0; i < count; i++) args[i] = words[at + i]!;
    kernels[kernel]!.apply(undefined, args);
  };
}
