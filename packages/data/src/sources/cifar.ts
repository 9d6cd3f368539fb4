import { ArgumentError, CorruptRecordError, MissingDataError } from "../errors.ts";
import type { ImageSet } from "../image-set.ts";
import { nchwToNhwcInPlace } from "../layout.ts";
import { ROW_BYTES, readDict, readImages, readLabels, readNames } from "./cifar-batch.ts";
import { readBinaryBatch, readNameLines } from "./cifar-binary.ts";
import { type CifarLayout, type CifarName, memberNames, nameFiles, type PythonLayout } from "./cifar-layout.ts";
import type { LabelledSet } from "./labelled-set.ts";

/**
 * CIFAR-10 or CIFAR-100 in memory, in the archive's order: [50000, 32, 32, 3] to train on, [10000, 32, 32, 3] to test.
 * The names of CIFAR-100's classes are the official ones; label 60 is "plain".
 */
export interface Cifar extends LabelledSet {
  readonly name: CifarName;
}

/** A file of the archive, read whole. */
export interface Member {
  /** Name inside the archive's folder, such as `data_batch_1`. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What errors call it: the archive or folder with the member. */
  readonly source: string;
}

/** Which of CIFAR-100's two labels become `labels`. */
export type CifarLabels = "fine" | "coarse";

interface Part {
  readonly images: Uint8Array;
  readonly fine: Int32Array;
  readonly coarse: Int32Array | undefined;
}

interface ClassNames {
  fine?: string[];
  coarse?: string[];
}

/** Puts a set together from its members as they arrive; each is dropped before the next is read. */
export async function assembleCifar(
  layout: CifarLayout,
  members: AsyncIterable<Member>,
  labels: CifarLabels,
  source: string,
): Promise<Cifar> {
  if (labels === "coarse" && !layout.coarse) {
    throw new ArgumentError(
      `loadCifar: labels: expected "fine" for ${layout.name}, which has no superclasses, got "coarse"`,
    );
  }
  const parts = new Map<string, Part>();
  const names: ClassNames = {};
  const seen = new Set<string>();
  for await (const member of members) {
    seen.add(member.name);
    if (nameFiles(layout).includes(member.name)) Object.assign(names, readClassNames(layout, member));
    else parts.set(member.name, readPart(layout, member));
  }
  const missing = memberNames(layout).filter((name) => !seen.has(name));
  if (missing.length > 0) {
    const list = missing.map((name) => `${layout.folder}/${name}`).join(", ");
    throw new MissingDataError(`${source}: missing ${list}; the data are not complete: extract or download them again`);
  }
  const train = layout.train.map((name) => parts.get(name)!);
  const test = layout.test.map((name) => parts.get(name)!);
  return {
    name: layout.name,
    train: join(train, labels),
    test: join(test, labels),
    classNames: (labels === "coarse" && names.coarse) || names.fine!,
    ...(names.coarse && {
      superclassNames: names.coarse,
      superclassOf: superclassesOf([...train, ...test], layout.fine.count, source),
    }),
  };
}

/** Python's archives have both levels in one file, the binary ones a file for each. */
function readClassNames(layout: CifarLayout, { name, bytes, source }: Member): ClassNames {
  const { fine, coarse } = layout;
  if (layout.format === "binary") {
    if (coarse?.names === name) return { coarse: readNameLines(bytes, coarse.count, source) };
    return { fine: readNameLines(bytes, fine.count, source) };
  }
  const dict = readDict(bytes, source);
  return {
    fine: readNames(dict, fine.names, fine.count, source),
    ...(coarse && { coarse: readNames(dict, coarse.names, coarse.count, source) }),
  };
}

function readPart(layout: CifarLayout, member: Member): Part {
  const { planes, fine, coarse } =
    layout.format === "binary"
      ? readBinaryBatch(layout, member.bytes, member.source)
      : readPythonBatch(layout, member.bytes, member.source);
  // The member is read for this set alone, so that its own bytes become the images: there is no second copy.
  nchwToNhwcInPlace(planes, [fine.length, 3, 32, 32]);
  return { fine, coarse, images: planes };
}

function readPythonBatch({ fine, coarse }: PythonLayout, bytes: Uint8Array, source: string) {
  const dict = readDict(bytes, source);
  const planes = readImages(dict, source);
  const rows = planes.length / ROW_BYTES;
  return {
    planes,
    fine: readLabels(dict, fine.key, rows, fine.count, source),
    coarse: coarse && readLabels(dict, coarse.key, rows, coarse.count, source),
  };
}

function join(parts: readonly Part[], labels: CifarLabels): ImageSet {
  const images = concat(
    parts.map((part) => part.images),
    Uint8Array,
  );
  const fine = concat(
    parts.map((part) => part.fine),
    Int32Array,
  );
  const coarse =
    parts[0]?.coarse &&
    concat(
      parts.map((part) => part.coarse!),
      Int32Array,
    );
  const shape = [fine.length, 32, 32, 3] as const;
  if (labels === "coarse" && coarse) return { images, labels: coarse, shape };
  return { images, labels: fine, ...(coarse && { coarseLabels: coarse }), shape };
}

/** Parts one after the other, in a new array; the only one as it is. */
export function concat<T extends Uint8Array | Int32Array>(parts: readonly T[], array: new (length: number) => T): T {
  if (parts.length === 1) return parts[0]!;
  const out = new array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.length;
  }
  return out;
}

/** Each fine class lies in one superclass; records that disagree are damage. */
export function superclassesOf(
  parts: readonly Pick<Part, "fine" | "coarse">[],
  count: number,
  source: string,
): Int32Array {
  const result = new Int32Array(count).fill(-1);
  for (const { fine, coarse } of parts) {
    for (const [record, label] of fine.entries()) {
      const superclass = coarse![record]!;
      if (result[label] === -1) result[label] = superclass;
      if (result[label] !== superclass) {
        const problem = `fine label ${label} lies in superclass ${superclass}, but in ${result[label]} before`;
        throw new CorruptRecordError(`${source}: record ${record}: ${problem}; download the data again`, record);
      }
    }
  }
  return result;
}
