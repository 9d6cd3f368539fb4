/** @file A CIFAR-100 archive in miniature, in the format of the real one, with classes that a network can learn. */
import { gzipSync } from "node:zlib";
import { randomBits } from "@tessera/tensor";
import { tarOf } from "../packages/data/fixtures/cifar-archive.ts";
import { dict, ints, ndarray, pickle, str } from "../packages/data/fixtures/pickle-writer.ts";

/** How large the archive is. */
export interface SmallCifarOptions {
  readonly train: number;
  readonly test: number;
  /** Bytes that the training images lack at their end. Default: 0. */
  readonly missingBytes?: number;
}

/** The `.tar.gz`. */
export async function smallCifar(options: SmallCifarOptions): Promise<Uint8Array> {
  const members = Object.entries(smallCifarMembers(options));
  return gzipSync(await tarOf(Object.fromEntries(members.map(([name, bytes]) => [`cifar-100-python/${name}`, bytes]))));
}

/** The files inside, by name. */
export function smallCifarMembers({ train, test, missingBytes = 0 }: SmallCifarOptions): Record<string, Uint8Array> {
  return {
    train: batch(train, 0, missingBytes),
    test: batch(test, 1, 0),
    meta: dict({ fine_label_names: names("class", 100), coarse_label_names: names("group", 20) }),
  };
}

/** Class c has c's digits as the brightness of the left and the right half, over noise. */
function batch(count: number, stream: number, missingBytes: number): Uint8Array {
  const labels = [...randomBits({ seed: 0, stream }, count)].map((bits) => bits % 10);
  const noise = randomBits({ seed: 1, stream }, count * 3072);
  const pixels = Uint8Array.from(noise, (bits, i) => {
    const label = labels[Math.floor(i / 3072)]!;
    return (bits >>> 27) + (i % 32 < 16 ? label * 20 : 200 - label * 20);
  });
  const data = pixels.subarray(0, pixels.length - missingBytes);
  return dict({
    data: ndarray([count, 3072], data),
    fine_labels: ints(labels),
    coarse_labels: ints(labels.map((label) => label % 20)),
  });
}

function names(kind: string, count: number): Uint8Array {
  return pickle("](", ...Array.from({ length: count }, (_, i) => str(`${kind} ${i}`)), "e");
}
