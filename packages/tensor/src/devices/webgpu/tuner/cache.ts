/** @file The winners that a storage keeps, for many adapters. What it cannot read it leaves out with a word. */
import type { TunerStorage } from "./storage.ts";

/** Variants by bucket, as in `{ "matmul rows64:inner128:columns64": "tile64" }`. */
export type VariantChoices = Readonly<Record<string, string>>;

const format = "tessera-tuned";
/** Goes up when names of buckets or variants change their meaning, or a kernel its speed. */
const version = 1;

interface CacheFile {
  readonly format: typeof format;
  readonly version: typeof version;
  readonly adapters: Readonly<Record<string, VariantChoices>>;
}

/** Names an adapter and its driver, which Dawn puts into the description. */
export function adapterKey({ vendor, architecture, device, description }: GPUAdapterInfo): string {
  return [vendor, architecture, device, description].join(" | ");
}

/** The winners kept for an adapter; none, and a call of `warn`, where the cache is unreadable or not one of ours. */
export async function loadWinners(
  storage: TunerStorage,
  adapter: string,
  warn: (message: string) => void,
): Promise<VariantChoices> {
  return (await loadFile(storage, warn))?.adapters[adapter] ?? {};
}

/** Adds winners of an adapter to the cache. One that cannot be read is replaced; one that cannot be written, warned of. */
export async function saveWinners(
  storage: TunerStorage,
  adapter: string,
  winners: VariantChoices,
  warn: (message: string) => void,
): Promise<void> {
  // Read again, so that what another process added in the meantime stays.
  const adapters = (await loadFile(storage, () => {}))?.adapters ?? {};
  const file: CacheFile = {
    format,
    version,
    adapters: { ...adapters, [adapter]: { ...adapters[adapter], ...winners } },
  };
  try {
    await storage.save(`${JSON.stringify(file, null, 2)}\n`);
  } catch (error) {
    warn(`tuner: ${storage.name} could not be written: ${text(error)}`);
  }
}

async function loadFile(storage: TunerStorage, warn: (message: string) => void): Promise<CacheFile | null> {
  try {
    const stored = await storage.load();
    return stored === null ? null : parse(stored);
  } catch (error) {
    warn(`tuner: ${storage.name} is ignored: ${text(error)}`);
    return null;
  }
}

function parse(stored: string): CacheFile {
  const file: unknown = JSON.parse(stored);
  if (!isRecord(file) || file.format !== format) throw new Error(`it is no cache of the tuner ("format": "${format}")`);
  if (file.version !== version) throw new Error(`its version is ${JSON.stringify(file.version)}, not ${version}`);
  if (!isRecord(file.adapters)) throw new Error("it has no adapters");
  for (const [adapter, winners] of Object.entries(file.adapters)) {
    if (!isChoices(winners)) throw new Error(`the winners of "${adapter}" are not names`);
  }
  return file as unknown as CacheFile;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a value is names of variants by bucket. */
export function isChoices(value: unknown): value is VariantChoices {
  return isRecord(value) && Object.values(value).every((name) => typeof name === "string");
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
