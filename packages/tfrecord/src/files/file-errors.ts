import { TfRecordError } from "../errors.ts";

const knownCodes: Readonly<Record<string, string>> = {
  ENOENT: "no such file or folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EISDIR: "expected a file, got a folder",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EROFS: "the file system is read-only",
};

/** Node's error of a file as one line that begins with its path; other errors as they are. */
export function fileError(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error) || !("syscall" in error)) return error;
  return new TfRecordError(`${path}: ${knownCodes[`${error.code}`] ?? error.message}`, { cause: error });
}

/** Awaits what touches a file; its errors name the file. */
export async function ofFile<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw fileError(path, error);
  }
}
