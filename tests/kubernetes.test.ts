// deploy/kubernetes/train.yaml against the schema of MPIJobs, since no cluster is here to try it on.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { mpiJob } from "./kubernetes/mpi-job.ts";

const root = resolve(import.meta.dirname, "..");
const manifest: unknown = parse(readFileSync(join(root, "deploy/kubernetes/train.yaml"), "utf8"));

/** The value with one field after the other called otherwise, and where that was. */
function misspelt(value: unknown, place = ""): { place: string; value: unknown }[] {
  if (value === null || typeof value !== "object") return [];
  if (Array.isArray(value)) {
    return value.flatMap((each, i) =>
      misspelt(each, `${place}[${i}]`).map((found) => ({ ...found, value: value.with(i, found.value) })),
    );
  }
  const fields = Object.entries(value as Record<string, unknown>);
  return fields.flatMap(([name, each]) => {
    const { [name]: _, ...others } = value as Record<string, unknown>;
    const inside = misspelt(each, `${place}.${name}`);
    return [
      { place: `${place}.${name}`, value: { ...others, [`${name}z`]: each } },
      ...inside.map((found) => ({ ...found, value: { ...others, [name]: found.value } })),
    ];
  });
}

describe("deploy/kubernetes/train.yaml", () => {
  it("is an MPIJob of kubeflow.org/v2beta1", () => {
    expect(mpiJob.safeParse(manifest)).toMatchObject({ success: true });
  });

  it("would not pass with any of its fields misspelt", () => {
    const all = misspelt(manifest);
    expect(all.length).toBeGreaterThan(40);
    expect(all.filter(({ value }) => mpiJob.safeParse(value).success).map(({ place }) => place)).toEqual([]);
  });

  it("starts as many ranks as there are slots, and mounts what it names", () => {
    const { slotsPerWorker, mpiReplicaSpecs } = mpiJob.parse(manifest).spec;
    const { Launcher, Worker } = mpiReplicaSpecs;
    const ranks = /mpirun -n (\d+) /.exec(Launcher.template.spec.containers[0]!.args!.join("\n"));
    expect(Number(ranks?.[1])).toBe(slotsPerWorker! * Worker!.replicas);
    for (const { template } of [Launcher, Worker!]) {
      const mounted = template.spec.containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name));
      expect(mounted).toEqual(template.spec.volumes!.map(({ name }) => name));
    }
  });
});
