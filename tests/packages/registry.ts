/** @file A registry on the loopback interface that has what the workspace has installed, so that tests need no network. */
import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { tarOf } from "../../packages/data/fixtures/cifar-archive.ts";
import { type Manifest, root } from "../architecture/sources.ts";

/** A package manager's server. */
export interface Registry {
  readonly url: string;
  /** Names that were asked for and that it does not have. */
  readonly missing: ReadonlySet<string>;
  close(): void;
}

type Version = Manifest & { readonly version: string };

/** Where a version comes from: a folder under node_modules, or an archive. */
interface Release {
  readonly manifest: Version;
  readonly archive: () => Promise<Uint8Array>;
}

/**
 * Serves every installed package but those in `without`, and packed archives with their manifests.
 *
 * @param without optional dependencies that an install has to do without, as on a platform that they have nothing for
 */
export async function serveRegistry(
  packed: ReadonlyMap<string, Version>,
  without: readonly string[] = [],
): Promise<Registry> {
  const releases = installedReleases(without);
  for (const [archive, manifest] of packed) {
    releases.set(manifest.name, [{ manifest, archive: async () => readFileSync(archive) }]);
  }
  const missing = new Set<string>();
  const server = createServer(async ({ url = "/" }, response) => {
    const [name, version] = decodeURIComponent(url.slice(1)).split("/-/") as [string, string?];
    const found = releases.get(name);
    if (!found) {
      missing.add(name);
      return void response.writeHead(404).end("{}");
    }
    if (version === undefined) return void response.end(JSON.stringify(packument(name, found, registryUrl())));
    const release = found.find(({ manifest }) => `${manifest.version}.tgz` === version);
    response.end(await release?.archive());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const registryUrl = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { url: registryUrl(), missing, close: () => void server.close() };
}

/** What a registry says about a package: its versions, and where their archives are. */
function packument(name: string, releases: readonly Release[], url: string) {
  const versions = releases.map(({ manifest }) => {
    const dist = { tarball: `${url}${name}/-/${manifest.version}.tgz` };
    return [manifest.version, { ...manifest, scripts: {}, devDependencies: {}, dist }] as const;
  });
  return { name, "dist-tags": { latest: versions.at(-1)![0] }, versions: Object.fromEntries(versions) };
}

/** Packages under `node_modules/.pnpm`, where each lies once as a folder and elsewhere as links. */
function installedReleases(without: readonly string[]): Map<string, Release[]> {
  const releases = new Map<string, Release[]>();
  const store = join(root, "node_modules", ".pnpm");
  for (const entry of readdirSync(store)) {
    const folder = join(store, entry, "node_modules");
    if (entry === "node_modules" || !existsSync(folder)) continue;
    for (const path of packageFolders(folder)) {
      const manifest: Version = JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
      const known = releases.get(manifest.name) ?? [];
      if (without.includes(manifest.name) || known.some((one) => one.manifest.version === manifest.version)) continue;
      releases.set(manifest.name, [...known, { manifest, archive: () => archiveOf(path) }]);
    }
  }
  return releases;
}

/** `a` and `@b/c` in a node_modules, links left out. */
function packageFolders(modules: string): string[] {
  const names = readdirSync(modules).filter((name) => !name.startsWith("."));
  const paths = names.flatMap((name) =>
    name.startsWith("@")
      ? readdirSync(join(modules, name)).map((part) => join(modules, name, part))
      : [join(modules, name)],
  );
  return paths.filter((path) => !lstatSync(path).isSymbolicLink() && existsSync(join(path, "package.json")));
}

async function archiveOf(folder: string): Promise<Uint8Array> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.map((entry) => join(entry.parentPath, entry.name)).filter((path) => statSync(path).isFile());
  const named = files.map((path) => [`package/${relative(folder, path).replaceAll("\\", "/")}`, readFileSync(path)]);
  return gzipSync(await tarOf(Object.fromEntries(named)), { level: 1 });
}
