/** @file The options that choose a device, the same for every command that computes. */
import { type Device, type DeviceChoice, openDevice } from "@tessera/tensor";
import { type Command, Option } from "commander";
import { positiveInteger } from "./options.ts";

/** What {@link withDeviceOptions} adds to a command. */
export interface DeviceOptions {
  readonly device: DeviceChoice;
  readonly threads?: number;
}

/** Adds `--device` and `--threads`. */
export function withDeviceOptions(command: Command): Command {
  return command
    .addOption(new Option("--device <device>", "where to compute").choices(["auto", "cpu", "webgpu"]).default("auto"))
    .option("--threads <n>", "worker threads of the cpu device (default: one per core)", positiveInteger);
}

/** Opens the device that was chosen. */
export function openChosen({ device, threads }: DeviceOptions): Promise<Device> {
  return openDevice(device, threads === undefined ? {} : { threads });
}
