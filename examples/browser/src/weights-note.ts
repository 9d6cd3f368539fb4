/** @file What a file of weights says of its network, so that it can be built again: in the header's metadata. */
import { decode } from "@tessera/safetensors";
import type { Network } from "./messages.ts";

/** What has to be known to build a network again, and to name what it sees. */
export interface WeightsNote {
  readonly network: Network;
  readonly classNames: readonly string[];
  /** Height and width of its images. */
  readonly size: readonly [number, number];
}

/** As strings, which is all that the header takes. */
export function writeNote({ network, classNames, size }: WeightsNote): Record<string, string> {
  return {
    network: network.name,
    width: String(network.width),
    size: JSON.stringify(size),
    class_names: JSON.stringify(classNames),
  };
}

/** @throws Error if the file was not saved by this page */
export function readNote(file: Uint8Array, name: string): WeightsNote {
  const { metadata } = decode(file);
  const [network, width] = [metadata.get("network"), Number(metadata.get("width"))];
  try {
    const size = JSON.parse(metadata.get("size") ?? "");
    const classNames = JSON.parse(metadata.get("class_names") ?? "");
    if ((network === "cnn" || network === "mini-cnn") && width > 0 && size.length === 2 && classNames.length > 1) {
      return { network: { name: network, width }, classNames, size };
    }
  } catch {
    // Said below: there is no note, or it is another program's.
  }
  throw new Error(`${name}: expected weights that this page has saved, found a safetensors file without its notes`);
}
