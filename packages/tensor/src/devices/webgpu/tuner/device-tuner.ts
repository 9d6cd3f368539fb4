/** @file The tuner of one device: its mode, its cache and its choices. */
import { ArgumentError } from "../../../errors.ts";
import type { WebgpuDevice } from "../webgpu-device.ts";
import { adapterKey, loadWinners, saveWinners, type VariantChoices } from "./cache.ts";
import { Choices, type PlannedProblem } from "./choices.ts";
import { defaultStorage, type TunerStorage } from "./storage.ts";
import { type TuneReport, tuneBucket } from "./tuner.ts";

/**
 * `off`: nothing is timed and no cache is read; the table that ships decides. `on`: winners are read from the cache, and
 * what it lacks is timed when a program asks for it. `force`: everything is timed anew, without a limit of time.
 */
export type TuneMode = "off" | "on" | "force";

/** How kernels are chosen. */
export interface TunerOptions {
  /** Default: what the environment variable `TESSERA_TUNE` says, else `on`. */
  readonly tune?: TuneMode;
  /**
   * Where winners are kept; `null` for nowhere. Default: the file that `TESSERA_TUNE_CACHE` names, else one in the user's
   * cache folder; localStorage in a browser.
   */
  readonly tuneStorage?: TunerStorage | null;
  /** Milliseconds after which `tune` stops timing, in mode `on`. Default: 3000. */
  readonly tuneBudget?: number;
  /** Variants by bucket that must be used, as `device.variants` gave them: the same choices give the same bits. */
  readonly variants?: VariantChoices;
}

const modes: readonly string[] = ["off", "on", "force"] satisfies TuneMode[];

/** Loads the cache and makes the tuner of a device. `limits` are the device's. Throws ArgumentError for a bad mode. */
export async function openTuner(
  { info }: GPUAdapter,
  device: GPUDevice,
  software: boolean,
  options: TunerOptions,
): Promise<DeviceTuner> {
  const mode = tuneMode(options.tune);
  const storage = mode === "off" ? null : options.tuneStorage === undefined ? defaultStorage() : options.tuneStorage;
  const adapter = adapterKey(info);
  const winners = storage && mode === "on" ? await loadWinners(storage, adapter, warn) : {};
  const limits = {
    features: new Set<string>(device.features),
    workgroupStorage: device.limits.maxComputeWorkgroupStorageSize,
    invocations: device.limits.maxComputeInvocationsPerWorkgroup,
  };
  const choices = new Choices(limits, software, winners, options.variants ?? {});
  return new DeviceTuner(choices, { mode, software, budget: options.tuneBudget ?? 3000, adapter, storage });
}

function tuneMode(option: TuneMode | undefined): TuneMode {
  const variable = typeof process === "undefined" ? undefined : process.env?.TESSERA_TUNE;
  const mode = option ?? (variable || "on");
  if (modes.includes(mode)) return mode as TuneMode;
  const source = option === undefined ? "TESSERA_TUNE" : "openWebgpu: tune";
  throw new ArgumentError(`${source}: expected off, on or force, got ${JSON.stringify(mode)}`);
}

function warn(message: string): void {
  console.warn(message);
}

interface Setup {
  readonly mode: TuneMode;
  readonly software: boolean;
  readonly budget: number;
  readonly adapter: string;
  readonly storage: TunerStorage | null;
}

/** Chooses variants, and times them when asked. */
export class DeviceTuner {
  readonly choices: Choices;
  readonly #setup: Setup;

  constructor(choices: Choices, setup: Setup) {
    this.choices = choices;
    this.#setup = setup;
  }

  /** Times what `body` would launch, the most work first, and saves the winners. */
  async tune(device: WebgpuDevice, body: () => void): Promise<TuneReport[]> {
    const { mode, budget, storage, adapter } = this.#setup;
    if (mode === "off") return [];
    const plan = [...this.choices.plan(body)].map(([key, problem]) => [key, this.#admit(problem)] as const);
    const open = plan.filter(
      ([key, { candidates }]) =>
        candidates.length > 1 && !this.choices.isDecided(key) && !(mode === "on" && this.choices.hasWinner(key)),
    );
    open.sort(([, a], [, b]) => work(b) - work(a));
    const deadline = mode === "force" ? Number.POSITIVE_INFINITY : performance.now() + budget;
    const reports: TuneReport[] = [];
    for (const [key, problem] of open) {
      if (performance.now() > deadline) break;
      const report = await tuneBucket(device, key, problem, deadline);
      if (!report) continue;
      this.choices.setWinner(key, report.winner);
      reports.push(report);
    }
    const winners = Object.fromEntries(reports.map(({ bucket, winner }) => [bucket, winner]));
    if (storage && reports.length > 0) await saveWinners(storage, adapter, winners, warn);
    return reports;
  }

  /** Leaves out what is not worth a try on this adapter. */
  #admit(problem: PlannedProblem): PlannedProblem {
    if (!this.#setup.software) return problem;
    return { ...problem, candidates: problem.candidates.filter(({ barriers }) => !barriers) };
  }
}

/** Multiply-adds of a bucket in the whole body. */
function work({ sizes: { rows, inner, columns, products }, launches }: PlannedProblem): number {
  return rows * inner * columns * products * launches;
}
