/** @file What is wrong with a packed package, one line each. */
import type { Manifest } from "../architecture/sources.ts";

/**
 * Entries that the archive does not hold, or that the published manifest lost.
 *
 * @param source the manifest in the repository
 * @param published the manifest in the archive, which `publishConfig` changed
 * @param files paths in the archive
 */
export function manifestFaults(source: Manifest, published: Manifest, files: readonly string[]): string[] {
  const exported = Object.values(published.exports ?? {}).flatMap((conditions) => Object.values(conditions));
  const absent = (path: string) => !files.includes(path.replace(/^\.\//, ""));
  const versions = Object.entries({ ...published.dependencies, ...published.optionalDependencies });
  return [
    ...exported.filter(absent).map((path) => `exports ${path}, which is not in the archive`),
    ...Object.values(published.bin ?? {})
      .filter(absent)
      .map((path) => `bin names ${path}, which is not in the archive`),
    ...Object.keys(source.exports ?? {})
      .filter((entry) => !published.exports?.[entry])
      .map((entry) => `the published exports lack ${entry}`),
    ...versions
      .filter(([, version]) => /^(workspace|file|link):/.test(version))
      .map(([name, version]) => `${name} has the version ${version}`),
  ];
}

/** Files that have no business in an archive: anything but the bundle, its program, and what explains it. */
export function oddFiles(files: readonly string[]): string[] {
  const expected =
    /^(package\.json|README\.md|LICENSE|bin\/[\w-]+\.js|pretrained\/[\w-]+\.safetensors|dist\/recipes\/[\w.-]+\.json|dist\/assets\/[\w.-]+\.(css|js)|dist\/.+\.(js|js\.map|d\.ts|d\.ts\.map))$/;
  return files.filter((path) => !expected.test(path) || /\.(test|reference|cases)\./.test(path));
}
