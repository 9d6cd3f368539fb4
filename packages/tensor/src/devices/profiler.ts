/** @file Where a device's time goes: by calls of ops of the same shapes, and by kernel in them. */
import { byteLengthOf, formatShape, type TensorSpec } from "../shape.ts";

/** Rows that a profile has room for; what comes later is counted in the last. */
export const profileRows = 4096;

/** A call of an op, as its launch sees it. */
export interface ProfiledCall {
  readonly op: string;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** Products of the plain algorithm, whatever way is taken. */
  readonly multiplyAdds: number;
}

/** One kernel of an op. */
export interface KernelTime {
  readonly name: string;
  readonly launches: number;
  readonly milliseconds: number;
}

/** Calls of an op with the same shapes; times and counts are sums over all calls. */
export interface ProfileEntry {
  readonly op: string;
  /** Of inputs, then of outputs, as in `[32, 64], [64, 10] → [32, 10]`; empty for what no op asked for. */
  readonly shapes: string;
  readonly calls: number;
  readonly milliseconds: number;
  /** Twice the multiply-adds of the plain algorithm, over the time; Winograd's way can exceed the peak. 0 where an op states none. */
  readonly gflops: number;
  /** Bytes of inputs and outputs, each taken once, over the time: at least what moves through memory. */
  readonly gigabytesPerSecond: number;
  /** Slowest first. */
  readonly kernels: readonly KernelTime[];
}

/** One row of a device's clock: a kernel in calls of the same op and shapes. */
interface Row {
  launches: number;
}

interface Group {
  readonly op: string;
  readonly shapes: string;
  readonly rows: Map<string, number>;
  calls: number;
  multiplyAdds: number;
  bytes: number;
}

/** Numbers the rows that a device adds times to. Row 0 stands for what is not profiled. */
export class Profiler {
  readonly #rows: (Row | null)[] = [null];
  readonly #groups = new Map<string, Group>();
  #current: Group | null = null;

  /** What is launched until {@link end} belongs to `call`. */
  begin({ op, inputs, outputs, multiplyAdds }: ProfiledCall): void {
    const shapes = [inputs, outputs]
      .map((specs) => specs.map(({ shape }) => formatShape(shape)).join(", "))
      .join(" → ");
    this.#current = this.#group(op, shapes);
    this.#current.calls++;
    this.#current.multiplyAdds += multiplyAdds;
    this.#current.bytes += [...inputs, ...outputs].reduce((sum, spec) => sum + byteLengthOf(spec), 0);
  }

  end(): void {
    this.#current = null;
  }

  /** The row that the time of one launch of `kernel` is added to. */
  row(kernel: string): number {
    const group = this.#current ?? this.#group(kernel, "");
    if (!this.#current) group.calls++;
    const row = group.rows.get(kernel) ?? this.#newRow(group, kernel);
    this.#rows[row]!.launches++;
    return row;
  }

  /** @param milliseconds of each row */
  entries(milliseconds: Float64Array): ProfileEntry[] {
    const entries = [...this.#groups.values()].map((group) => this.#entry(group, milliseconds));
    return entries.filter(({ kernels }) => kernels.length > 0).sort((a, b) => b.milliseconds - a.milliseconds);
  }

  #entry({ op, shapes, rows, calls, multiplyAdds, bytes }: Group, milliseconds: Float64Array): ProfileEntry {
    const kernels = [...rows].map(([name, row]) => {
      return { name, launches: this.#rows[row]!.launches, milliseconds: milliseconds[row]! };
    });
    kernels.sort((a, b) => b.milliseconds - a.milliseconds);
    const total = kernels.reduce((sum, kernel) => sum + kernel.milliseconds, 0);
    const perSecond = (count: number) => (total > 0 ? count / total / 1e6 : 0);
    return {
      ...{ op, shapes, calls, milliseconds: total, kernels },
      ...{ gflops: perSecond(2 * multiplyAdds), gigabytesPerSecond: perSecond(bytes) },
    };
  }

  #group(op: string, shapes: string): Group {
    const key = `${op} ${shapes}`;
    const group = this.#groups.get(key) ?? { op, shapes, rows: new Map(), calls: 0, multiplyAdds: 0, bytes: 0 };
    this.#groups.set(key, group);
    return group;
  }

  #newRow(group: Group, kernel: string): number {
    const last = profileRows - 1;
    if (this.#rows.length > last) return last;
    // The last row is everybody's who comes too late, so it is in no group but its own.
    const [owner, name] = this.#rows.length < last ? [group, kernel] : [this.#group("(others)", ""), "(others)"];
    const row = this.#rows.push({ launches: 0 }) - 1;
    owner.rows.set(name, row);
    return row;
  }
}
