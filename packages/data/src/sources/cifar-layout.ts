/** One of the two sets. */
export type CifarName = "cifar-10" | "cifar-100";

interface CommonLayout {
  readonly name: CifarName;
  /** Folder inside the archive. */
  readonly folder: string;
  /** Name under which the archive is published. */
  readonly archive: string;
  readonly train: readonly string[];
  readonly test: readonly string[];
}

/** Pickled dicts: `key` is where the labels are in a batch, `names` where their names are in `meta`. */
export interface PythonLayout extends CommonLayout {
  readonly format: "python";
  readonly meta: string;
  readonly fine: { readonly key: string; readonly names: string; readonly count: number };
  readonly coarse?: { readonly key: string; readonly names: string; readonly count: number };
}

/** Records of label bytes and pixels; `names` is a text file with a name on each line. */
export interface BinaryLayout extends CommonLayout {
  readonly format: "binary";
  readonly fine: { readonly names: string; readonly count: number };
  readonly coarse?: { readonly names: string; readonly count: number };
}

/** How one of the two sets is laid out in one of its archives. */
export type CifarLayout = PythonLayout | BinaryLayout;

/** Where a folder has one set in several layouts, the first whole one in this order is read. */
export const CIFAR_LAYOUTS: readonly CifarLayout[] = [
  {
    format: "python",
    name: "cifar-100",
    folder: "cifar-100-python",
    archive: "cifar-100-python.tar.gz",
    meta: "meta",
    train: ["train"],
    test: ["test"],
    fine: { key: "fine_labels", names: "fine_label_names", count: 100 },
    coarse: { key: "coarse_labels", names: "coarse_label_names", count: 20 },
  },
  {
    format: "python",
    name: "cifar-10",
    folder: "cifar-10-batches-py",
    archive: "cifar-10-python.tar.gz",
    meta: "batches.meta",
    train: [1, 2, 3, 4, 5].map((i) => `data_batch_${i}`),
    test: ["test_batch"],
    fine: { key: "labels", names: "label_names", count: 10 },
  },
  {
    format: "binary",
    name: "cifar-100",
    folder: "cifar-100-binary",
    archive: "cifar-100-binary.tar.gz",
    train: ["train.bin"],
    test: ["test.bin"],
    fine: { names: "fine_label_names.txt", count: 100 },
    coarse: { names: "coarse_label_names.txt", count: 20 },
  },
  {
    format: "binary",
    name: "cifar-10",
    folder: "cifar-10-batches-bin",
    archive: "cifar-10-binary.tar.gz",
    train: [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`),
    test: ["test_batch.bin"],
    fine: { names: "batches.meta.txt", count: 10 },
  },
];

/** The files that hold the names of the classes. */
export function nameFiles(layout: CifarLayout): string[] {
  if (layout.format === "python") return [layout.meta];
  return layout.coarse ? [layout.fine.names, layout.coarse.names] : [layout.fine.names];
}

/** The files that a layout needs. */
export function memberNames(layout: CifarLayout): string[] {
  return [...nameFiles(layout), ...layout.train, ...layout.test];
}
