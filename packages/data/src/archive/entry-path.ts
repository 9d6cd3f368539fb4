import type { Header } from "tar-stream";

/**
 * Why a member of an archive must not be written, or undefined. Only plain files and folders below the folder that is
 * extracted to are: on every system the same, so that an archive which one refuses no other takes.
 */
export function entryFault({ name, type }: Pick<Header, "name" | "type">): string | undefined {
  if (type === "symlink" || type === "link")
    return `a ${type === "link" ? "hard link" : "symbolic link"} is not followed`;
  if (type !== "file" && type !== "directory" && type !== "contiguous-file") {
    return `expected a file or a folder, found a ${type ?? "member of unknown kind"}`;
  }
  if (name === "") return "it has no name";
  if (name.includes("\0")) return "its name has a NUL";
  if (name.includes("\\")) return "its name has a backslash, which leads elsewhere on Windows";
  if (name.startsWith("/")) return "its path is absolute";
  if (/^[a-z]:/i.test(name)) return "its path begins with a drive letter";
  if (name.split("/").includes("..")) return "its path leads out of the folder";
  if (type !== "directory" && entryParts(name).length === 0) return "its path is the folder itself";
  return undefined;
}

/** The folders and the name of a member, `.` and empty ones left out. */
export function entryParts(name: string): string[] {
  return name.split("/").filter((part) => part !== "" && part !== ".");
}
