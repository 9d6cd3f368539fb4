/** @file What an op brings that has more than one kernel for the same result: its variants, and how its sizes are told apart. */
import type { WebgpuBlock, WebgpuDevice } from "../webgpu-device.ts";

/** The memory of one call, as a variant binds it. */
export interface VariantBlocks {
  readonly inputs: readonly WebgpuBlock[];
  readonly output: WebgpuBlock;
}

/** One way to compute an op. */
export interface Variant<Problem> {
  /** Names it in caches, checkpoints and reports; unique in its family. */
  readonly name: string;
  /** Features that its kernels need. Default: none. */
  readonly features?: readonly GPUFeatureName[];
  /** Bytes of workgroup memory that it needs. Default: 0. */
  readonly workgroupStorage?: number;
  /** Invocations of a workgroup. Default: 64, which every device has. */
  readonly invocations?: number;
  /**
   * Whether invocations wait for each other, which software adapters are slow at and take seconds to compile: the tuner
   * does not try it there. Default: false.
   */
  readonly barriers?: boolean;
  /** Whether it computes problems like this one. Default: all. The answer must be the same for a whole bucket. */
  readonly fits?: (problem: Problem) => boolean;
  /** Enqueues it. Only kernels may be launched, and scratch memory taken. */
  readonly run: (device: WebgpuDevice, problem: Problem, blocks: VariantBlocks) => void;
}

/** A problem as the tuner sees it. */
export interface ProblemSizes {
  /** Problems of one bucket get the same variant. No spaces. */
  readonly bucket: string;
  /** The sizes of the matrix product that it comes down to. */
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
  /** Products of that size: batches, groups or taps. */
  readonly products: number;
  /** Terms of the sum that an element of the output is. */
  readonly terms: number;
  /** Elements of each input and of the output, all float32. */
  readonly inputs: readonly number[];
  readonly output: number;
}

/** The variants of an op: the first computes everything on every adapter, and is what the others are checked against. */
export interface VariantFamily<Problem> {
  /** The op's name. */
  readonly op: string;
  readonly variants: readonly [Variant<Problem>, ...Variant<Problem>[]];
  readonly sizes: (problem: Problem) => ProblemSizes;
}

/** States a family. Its variants are made when they are first asked for, so that unused families are left out of bundles. */
export function defineVariants<Problem>({
  variants,
  ...family
}: Omit<VariantFamily<Problem>, "variants"> & {
  readonly variants: () => VariantFamily<Problem>["variants"];
}): VariantFamily<Problem> {
  let made: VariantFamily<Problem>["variants"] | null = null;
  return {
    ...family,
    get variants() {
      made ??= variants();
      return made;
    },
  };
}

/** What variants may ask of a device. */
export interface VariantLimits {
  readonly features: ReadonlySet<string>;
  readonly workgroupStorage: number;
  readonly invocations: number;
}

/** The variants that the device has what it takes for and that compute the problem, the default first. */
export function fitting<Problem>(
  { variants }: VariantFamily<Problem>,
  problem: Problem,
  limits: VariantLimits,
): Variant<Problem>[] {
  return variants.filter(
    ({ features = [], workgroupStorage = 0, invocations = 64, fits = () => true }) =>
      features.every((feature) => limits.features.has(feature)) &&
      workgroupStorage <= limits.workgroupStorage &&
      invocations <= limits.invocations &&
      fits(problem),
  );
}

/** Names a bucket of an op, as in `matmul rows64:inner128:columns64`. */
export function bucketKey(op: string, { bucket }: ProblemSizes): string {
  return `${op} ${bucket}`;
}

/** The power of two that is not less, for the names of buckets. */
export function powerOfTwo(size: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, size)));
}
