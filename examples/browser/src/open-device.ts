/** @file Opens a device, and says in words why it is not the one that a visitor may have hoped for. */
import { type Device, type DeviceChoice, DeviceError, listAdapters, openDevice } from "@tessera/tensor";

/** A device, and what is to be said about it. */
export interface Opened {
  readonly device: Device;
  readonly note: string;
}

/** Takes the cpu device where WebGPU was asked for and is not there. */
export async function openChosen(choice: DeviceChoice): Promise<Opened> {
  if (choice === "cpu") return { device: await openDevice("cpu"), note: isolationNote() };
  if (choice === "webgpu") {
    try {
      return { device: await openDevice("webgpu"), note: "" };
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
      const reason = error.message.split("\n")[0]!;
      return {
        device: await openDevice("cpu"),
        note: `No WebGPU here: ${reason}. The cpu device trains. ${isolationNote()}`,
      };
    }
  }
  const device = await openDevice("auto");
  if (device.kind === "webgpu") return { device, note: "" };
  const adapters = await listAdapters();
  const reason =
    typeof adapters === "string"
      ? adapters
      : `${adapters[0]?.description} computes on the processor, which the cpu device does faster`;
  return { device, note: `No GPU here: ${reason}. The cpu device trains. ${isolationNote()}` };
}

function isolationNote(): string {
  if (globalThis.crossOriginIsolated) return "";
  return "This page is not cross-origin isolated, so threads may not share memory: one worker trains.";
}
