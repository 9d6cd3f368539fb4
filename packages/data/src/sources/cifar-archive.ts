/** @file CIFAR from the members of its archive, however they are unpacked. */
import { ArgumentError, MissingDataError, quote } from "../errors.ts";
import { assembleCifar, type Cifar, type CifarLabels, type Member } from "./cifar.ts";
import { CIFAR_LAYOUTS, type CifarLayout, memberNames, nameFiles } from "./cifar-layout.ts";

/** Where the archives come from, for errors. */
export const HOME = "https://www.cs.toronto.edu/~kriz/cifar.html";

/** @throws ArgumentError if there are no such labels */
export function checkLabels(caller: string, labels: CifarLabels): void {
  if (labels === "fine" || labels === "coarse") return;
  throw new ArgumentError(`${caller}: labels: expected "fine" or "coarse", got ${quote(String(labels))}`);
}

/** Whether a member of an archive, by its name with its folder, is one of a CIFAR set's files. */
export function isCifarMember(name: string): boolean {
  return identify(name) !== undefined;
}

/**
 * Puts a set together from an archive's members, and says how it is laid out. The first member tells which set it is.
 *
 * @param members those that {@link isCifarMember} picks, whole, in the archive's order
 * @param source what errors call the archive
 */
export async function assembleCifarArchive(
  members: AsyncGenerator<{ readonly name: string; readonly bytes: Uint8Array }>,
  labels: CifarLabels,
  source: string,
): Promise<{ data: Cifar; layout: CifarLayout }> {
  const first = await members.next();
  const layout = first.done ? undefined : identify(first.value.name)!.layout;
  if (first.done || !layout) {
    const expected = CIFAR_LAYOUTS.map((each) => `${each.folder}/${nameFiles(each)[0]}`).join(" or ");
    throw new MissingDataError(`${source}: expected an archive with ${expected}, found none; see ${HOME}`);
  }
  async function* all(): AsyncGenerator<Member> {
    for (let next = first; !next.done; next = await members.next()) {
      const known = identify(next.value.name)!;
      const member = `${source}: member ${next.value.name}`;
      if (known.layout === layout) yield { name: known.member, bytes: next.value.bytes, source: member };
    }
  }
  try {
    return { data: await assembleCifar(layout, all(), labels, source), layout };
  } finally {
    await members.return(undefined);
  }
}

/** Which set a member of an archive belongs to; undefined for one that is not needed. */
function identify(name: string): { layout: CifarLayout; member: string } | undefined {
  const [folder, member, ...rest] = name.replace(/^\.\//, "").split("/");
  const layout = CIFAR_LAYOUTS.find((each) => each.folder === folder);
  if (!layout || member === undefined || rest.length > 0) return undefined;
  return memberNames(layout).includes(member) ? { layout, member } : undefined;
}
