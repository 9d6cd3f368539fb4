/** @file What the devices are, how fast, and which of them `--device auto` takes. */
import { type AdapterEntry, type Device, listAdapters, openCpu, openDevice } from "@tessera/tensor";
import { progressBar } from "../progress.ts";
import { measureMatmul, type Speed } from "./speed.ts";

/** A device and its reading. */
export interface DeviceReport {
  readonly kind: "cpu" | "webgpu";
  readonly description: string;
  /** Whether a webgpu device computes on the processor. */
  readonly software?: boolean;
  readonly threads?: number;
  readonly relaxedSimd?: boolean;
  readonly limits?: AdapterEntry["limits"];
  readonly features?: readonly string[];
  readonly speed?: Speed;
  /** Why the device did not open, or its reading failed. */
  readonly error?: string;
}

/** What `--device auto` takes, and why; or the error with which it would end. */
export type AutoReport = { readonly device: string; readonly description: string; readonly reason: string } | string;

/** What computes on this machine. */
export interface DevicesReport {
  readonly devices: readonly DeviceReport[];
  /** Why there is no webgpu device. */
  readonly noWebgpu?: string;
  readonly auto: AutoReport;
}

const secondsEach = 2;

/** Opens every device in turn, and measures it. A device that fails is reported with its error. */
export async function examineDevices(): Promise<DevicesReport> {
  const cpu = await examine({ kind: "cpu", description: "cpu" }, openCpu, (device) => ({
    description: device.description.replace(/^cpu: /, ""),
    ...("threads" in device && { threads: device.threads, relaxedSimd: device.build === "relaxed" }),
  }));
  const adapters = await listAdapters().catch((error: unknown) => firstLine(error));
  if (typeof adapters === "string") {
    return { devices: [cpu], noWebgpu: adapters, auto: await examineAuto(adapters) };
  }
  const devices = [cpu];
  for (const { open, ...facts } of adapters) {
    devices.push(await examine({ kind: "webgpu", ...facts }, open, () => ({})));
  }
  return { devices, auto: await examineAuto(adapters) };
}

async function examine(
  known: DeviceReport,
  open: () => Promise<Device>,
  describe: (device: Device) => Partial<DeviceReport>,
): Promise<DeviceReport> {
  let report = known;
  let device: Device | undefined;
  const bar = progressBar(`measuring ${known.description}`, secondsEach);
  try {
    device = await open();
    report = { ...report, ...describe(device) };
    const speed = await measureMatmul(device, secondsEach, (elapsed, gflops) =>
      bar.update(Math.min(elapsed, secondsEach), `${formatGflops(gflops)}`),
    );
    return { ...report, speed };
  } catch (error) {
    return { ...report, error: firstLine(error) };
  } finally {
    bar.stop();
    await device?.destroy();
  }
}

/** Opens what `auto` opens, so that what is said is what will happen. */
async function examineAuto(adapters: readonly AdapterEntry[] | string): Promise<AutoReport> {
  try {
    const device = await openDevice("auto");
    await device.destroy();
    const reason =
      device.kind === "webgpu"
        ? "a hardware GPU answers"
        : typeof adapters === "string"
          ? "no GPU answers"
          : "the GPU that answers is software, which computes on the processor and is slower there than cpu";
    return { device: device.kind, description: device.description, reason };
  } catch (error) {
    return firstLine(error);
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0]!;
}

/** Three digits, as in `0.93 GFLOP/s`, `63.1 GFLOP/s`, `12,345 GFLOP/s`. */
export function formatGflops(gflops: number): string {
  const digits = gflops < 1 ? 2 : gflops < 100 ? 1 : 0;
  return `${gflops.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })} GFLOP/s`;
}
