/** @file The data sets that `download` knows, as text. */
import { DATA_SETS, DISTRIBUTIONS, type PublishedFile } from "@tessera/data/node";

/** Every set with its ways, its files and what they are checked by. */
export function listSets(): string {
  const blocks = DATA_SETS.map((set) => {
    const ways = DISTRIBUTIONS.filter((each) => each.set === set);
    const lines = ways.flatMap(({ title, format, mirror, files, hashes }) => [
      `  --format ${format} --mirror ${mirror}: ${title}`,
      ...files.map((file) => `    ${file.name}${facts(file)}`),
      `    checked by ${hashes}`.replace("checked by no hash", "no hash"),
    ]);
    return [set, ...lines].join("\n");
  });
  return blocks.join("\n\n");
}

function facts({ bytes, md5, sha256 }: PublishedFile): string {
  const size = bytes === undefined ? [] : [`${(bytes / 1e6).toFixed(1)} MB`];
  const hash = md5 ? [`md5 ${md5}`] : sha256 ? [`sha256 ${sha256.slice(0, 16)}…`] : [];
  const all = [...size, ...hash];
  return all.length === 0 ? "" : `: ${all.join(", ")}`;
}

/** Where a set is now, and what one would do with it next. */
export function formatSet(set: string, path: string): string {
  const next = set.startsWith("cifar")
    ? `train on it:\n  tessera train cnn --data ${path}`
    : `extract it:\n  tessera extract ${path}${set === "flowers17" ? ` --dir ${path.replace(/[^/\\]*$/, "flowers17")}` : ""}`;
  return `${set} is in ${path}; ${next}`;
}
