import type { TfRecord } from "../framing.ts";
import type { RecordIndex } from "../record-index.ts";
import { type IndexedOptions, TfRecordIndex } from "./index-file.ts";

/** Files that are open at once: a process may often have no more than 1024. */
const MAX_OPEN = 128;

interface Entry {
  readonly opened: Promise<TfRecordIndex>;
  reads: number;
}

/** Random access to many files, of which those used last are open. */
export class IndexPool {
  readonly #options: IndexedOptions;
  readonly #files: readonly { readonly path: string; readonly index: RecordIndex }[];
  /** By file; those used last come last. */
  readonly #entries = new Map<number, Entry>();

  constructor(files: readonly { path: string; index: RecordIndex }[], options: IndexedOptions) {
    this.#files = files;
    this.#options = options;
  }

  async read(file: number, record: number): Promise<TfRecord> {
    const entry = this.#entry(file);
    entry.reads++;
    try {
      return await (await entry.opened).read(record);
    } finally {
      entry.reads--;
    }
  }

  async close(): Promise<void> {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    // Whoever read from a file that could not be opened was told so.
    await Promise.allSettled(entries.map(async ({ opened }) => (await opened).close()));
  }

  #entry(file: number): Entry {
    const { path, index } = this.#files[file]!;
    const entry = this.#entries.get(file) ?? {
      opened: TfRecordIndex.open(path, { ...this.#options, index }),
      reads: 0,
    };
    this.#entries.delete(file);
    this.#entries.set(file, entry);
    // A file that could not be opened is tried anew by the next read.
    entry.opened.catch(() => {
      if (this.#entries.get(file) === entry) this.#entries.delete(file);
    });
    for (const [old, { opened, reads }] of this.#entries) {
      if (this.#entries.size <= MAX_OPEN) break;
      if (reads > 0 || old === file) continue;
      this.#entries.delete(old);
      opened.then((records) => records.close()).catch(() => undefined);
    }
    return entry;
  }
}
