/** @file `train` as one of several ranks, which mpiexec or srun has started. */
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Communicator, coresPerRank, launchInfo, openCommunicator, requireSame } from "@tessera/distributed";
import { type DistributedOptions, deviceVariant } from "@tessera/nn";
import type { Device } from "@tessera/tensor";
import { type Command, CommanderError, Option } from "commander";
import packageJson from "../package.json" with { type: "json" };
import type { DeviceOptions } from "./device-options.ts";
import { RunFolder } from "./run-folder.ts";
import type { TrainingData } from "./training-data.ts";
import { setVoice } from "./voice.ts";

/** What {@link withRankOptions} adds to a command. */
export interface RankOptions {
  readonly batchNorm?: "synchronised" | "per-rank";
}

/** Adds what only several ranks have a use for. */
export function withRankOptions(command: Command): Command {
  const which = "whose statistics batch normalisation takes, for several ranks (default: synchronised)";
  return command.addOption(new Option("--batch-norm <which>", which).choices(["synchronised", "per-rank"]));
}

/** This process among those that train. */
export interface Rank {
  /** Rank 0 prints and writes; so does a process that was started alone. */
  readonly leads: boolean;
  /** For `fit`; `undefined` for a process alone. */
  readonly distributed: DistributedOptions | undefined;
  /** The device's options, with the threads that are this rank's. */
  readonly device: DeviceOptions;
  /** The run's folder; of another rank than 0 one of its own, which goes with the process. */
  create(path: string): RunFolder;
  open(path: string): Promise<RunFolder>;
  /** Refuses ranks that were started differently, by name. */
  requireSame(device: Device, data: TrainingData): Promise<void>;
}

/** How long another rank than 0 keeps its error back: where all fail alike, rank 0 says so and ends the job. */
const politeMilliseconds = 1000;

/**
 * Runs `body` as the rank that this process is, and leaves the job. An error ends the whole job, and names the rank.
 *
 * @throws CommanderError for options of ranks where there is one process
 */
export async function asRank(options: DeviceOptions & RankOptions, body: (rank: Rank) => Promise<void>): Promise<void> {
  const { size, rank } = launchInfo();
  if (size === 1) {
    refuseRankOptions(options);
    return body(alone(options));
  }
  if (rank !== 0) setVoice("none");
  const communicator = await openCommunicator();
  try {
    await body(await oneOfSeveral(communicator, options));
    await communicator.close();
  } catch (error) {
    if (rank !== 0) await sleep(politeMilliseconds);
    await communicator.abort(error instanceof Error ? error.message : String(error), 1);
  }
}

function refuseRankOptions({ batchNorm }: RankOptions): void {
  if (batchNorm === undefined) return;
  const message = "error: --batch-norm is for several ranks: start them as mpiexec -n 2 npx tessera train …";
  console.error(message);
  throw new CommanderError(2, "tessera.ranks", message);
}

function alone(device: DeviceOptions): Rank {
  return {
    ...{ leads: true, distributed: undefined, device },
    create: (path) => RunFolder.create(path),
    open: async (path) => RunFolder.open(path),
    requireSame: async () => undefined,
  };
}

async function oneOfSeveral(communicator: Communicator, options: DeviceOptions & RankOptions): Promise<Rank> {
  const leads = communicator.rank === 0;
  const threads = options.threads ?? (await coresPerRank(communicator));
  return {
    leads,
    distributed: { communicator, batchNorm: options.batchNorm === "per-rank" ? "perRank" : "synchronised" },
    device: { ...options, threads },
    create: (path) => RunFolder.create(leads ? path : ownFolder()),
    async open(path) {
      const copy = leads ? path : ownFolder();
      if (!leads && existsSync(path)) cpSync(path, copy, { recursive: true });
      // Before rank 0 changes anything in it.
      await communicator.barrier();
      return RunFolder.open(copy);
    },
    requireSame: (device, data) => requireSame(communicator, factsOf(device, data)),
  };
}

/** What ranks write that nobody reads. */
function ownFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tessera-rank-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function factsOf(device: Device, { recipe, facts, digest }: TrainingData): Record<string, string> {
  const { name, classNames, train, test } = facts;
  return {
    "version of tessera": packageJson.version,
    "version of node": process.versions.node,
    ...flat("recipe", recipe),
    device: deviceVariant(device),
    "data set": name,
    "names of the classes": classNames.join(", "),
    "number of images": `${train.shape[0]} and ${test.shape[0]}`,
    "images and labels": digest(),
  };
}

/** `{ model: { name: "cnn" } }` as `model.name`: "cnn", so that a difference is named. */
function flat(path: string, value: unknown): Record<string, string> {
  if (value === null || typeof value !== "object") return { [path]: JSON.stringify(value) ?? "none" };
  return Object.assign({}, ...Object.entries(value).map(([key, each]) => flat(`${path}.${key}`, each)));
}
