/** @file The device that tensors are made on when none is named. */
import { DeviceError } from "../errors.ts";
import type { Device } from "./device.ts";

let current: Device | null = null;

/** The device that tensors are made on when none is named. Throws {@link DeviceError} if none was opened. */
export function defaultDevice(): Device {
  if (!current) {
    throw new DeviceError("no device is open", { hints: ['call `await openDevice("auto")` first'] });
  }
  return current;
}

/** Chooses the device that tensors are made on when none is named; `null` for none. */
export function setDefaultDevice(device: Device | null): void {
  current = device;
}

/** Makes `device` the default if there is none yet; called when a device opens. */
export function offerDefaultDevice(device: Device): void {
  current ??= device;
}

/** Called when a device is destroyed. */
export function withdrawDefaultDevice(device: Device): void {
  if (current === device) current = null;
}
