/** @file Shards written by many processes. Their bytes depend on the images and settings alone. */
import { EventEmitter, once } from "node:events";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { FileIssue } from "../workers/file-issue.ts";
import type { Prepared } from "../workers/image-worker.ts";
import { piecewise } from "../workers/piecewise.ts";
import { WorkerEnded, type WorkerPool } from "../workers/pool.ts";
import type { RecordSettings } from "./record.ts";
import { ShardFile } from "./shard-file.ts";

/** A file of records that is to be. */
export interface Shard {
  readonly split: string;
  /** In its split. */
  readonly index: number;
  readonly path: string;
  /** Folder that the files' paths begin at. */
  readonly root: string;
  readonly files: readonly string[];
  /** Of each file. */
  readonly labels: readonly (readonly number[])[];
}

/** What a shard came to. */
export interface ShardResult {
  readonly records: number;
  readonly bytes: number;
  readonly sha256: string;
  /** Bytes of the files behind the records. */
  readonly sourceBytes: number;
  readonly failed: readonly FileIssue[];
  readonly warnings: readonly FileIssue[];
}

/** How far a shard is. */
export interface ShardProgress {
  readonly shard: Shard;
  readonly done: number;
  readonly failed: number;
}

/** Options of {@link writeShards}. */
export interface WriteOptions {
  readonly settings: RecordSettings;
  readonly compression: "GZIP" | "NONE";
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: ShardProgress) => void) | undefined;
  /** Called with images that could not be used, as they are found; what it throws ends it all. */
  readonly onFailed?: ((shard: Shard, failed: readonly FileIssue[]) => void) | undefined;
  /** Called when a shard is in its place; its commit mark is written here. */
  readonly onWritten: (shard: Shard, result: ShardResult) => Promise<void>;
}

/** Images of a task: enough that the way to a process and back does not count, few enough to keep all of them busy. */
const BATCH = 16;

/**
 * Writes shards, each to its place when it is whole. There are as many open shards as workers; when no new one is left
 * to open, idle workers help with those that are open. Memory is bounded by a few batches a worker.
 *
 * @throws the first error; by then no part of an unfinished shard is left
 */
export async function writeShards(shards: readonly Shard[], pool: WorkerPool, options: WriteOptions): Promise<void> {
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const waiting = shards.values();
  const open: OpenShard[] = [];
  const lane = async () => {
    try {
      for (;;) {
        signal.throwIfAborted();
        const shard = next(open, waiting, pool, options);
        if (!shard) return;
        await shard.step(signal);
        if (shard.isDone && open.includes(shard)) open.splice(open.indexOf(shard), 1);
      }
    } catch (error) {
      stop.abort(error);
      throw error;
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: pool.workers }, lane));
  if (ended.every(({ status }) => status === "fulfilled")) return;
  await Promise.all(open.map((shard) => shard.abandon()));
  throw signal.reason;
}

/** A new shard while there are fewer open ones than workers; else the open one that has the fewest workers. */
function next(
  open: OpenShard[],
  waiting: Iterator<Shard>,
  pool: WorkerPool,
  options: WriteOptions,
): OpenShard | undefined {
  if (open.length < pool.workers) {
    const { value, done } = waiting.next();
    if (!done) {
      open.push(new OpenShard(value, pool, options));
      return open.at(-1);
    }
  }
  const free = open.filter((shard) => shard.hasWork).sort((a, b) => a.running - b.running);
  return free[0];
}

/** A shard at work: batches are prepared in any order and appended in theirs. */
class OpenShard {
  readonly #shard: Shard;
  readonly #pool: WorkerPool;
  readonly #options: WriteOptions;
  readonly #batches: number;
  /** Opened by the first step. */
  #file: Promise<ShardFile> | undefined;
  readonly #events = new EventEmitter();
  #begun = 0;
  #appended = 0;
  readonly #ready = new Map<number, Prepared>();
  #appending: Promise<void> = Promise.resolve();
  readonly #failed: FileIssue[] = [];
  readonly #warnings: FileIssue[] = [];
  #sourceBytes = 0;
  #images = 0;
  running = 0;
  isDone = false;

  constructor(shard: Shard, pool: WorkerPool, options: WriteOptions) {
    this.#shard = shard;
    this.#pool = pool;
    this.#options = options;
    // A shard without images is a file without records: one batch of none.
    this.#batches = Math.max(1, Math.ceil(shard.files.length / BATCH));
  }

  get hasWork(): boolean {
    return this.#begun < this.#batches;
  }

  /** Prepares one batch, and appends what is next in order. */
  async step(signal: AbortSignal): Promise<void> {
    if (!this.#file) {
      this.#file = mkdir(dirname(this.#shard.path), { recursive: true }).then(() =>
        ShardFile.create(this.#shard.path, this.#options.compression),
      );
    }
    const batch = this.#begun++;
    this.running++;
    await this.#file;
    // No one runs far ahead of what is appended, or what waits would fill the memory.
    while (batch >= this.#appended + 2 * this.#pool.workers) await once(this.#events, "append", { signal });
    const start = batch * BATCH;
    const prepared = await this.#prepare(start, Math.min(start + BATCH, this.#shard.files.length));
    this.running--;
    signal.throwIfAborted();
    this.#ready.set(batch, prepared);
    this.#appending = this.#appending.then(() => this.#appendReady());
    await this.#appending;
  }

  /** Where a process died, its images are tried one by one, so that the one that kills processes is found. */
  async #prepare(start: number, end: number): Promise<Prepared> {
    const { root, files, labels } = this.#shard;
    const task = {
      files: files.slice(start, end).map((file) => join(root, file)),
      labels: labels.slice(start, end),
      settings: this.#options.settings,
    };
    const run = (from: number, to: number) =>
      this.#pool.run("prepareImages", {
        files: task.files.slice(from, to),
        labels: task.labels.slice(from, to),
        settings: task.settings,
      });
    const pieces = await piecewise(task.files.length, run);
    return joined(
      pieces.map(({ start: index, result }) => {
        if (!(result instanceof WorkerEnded)) return { index, prepared: result };
        const reason = `${task.files[index]}: ${result.message} while this image was being prepared`;
        const failures = [{ index: 0, reason }];
        return { index, prepared: { frames: new Uint8Array(0), sourceBytes: 0, failures, warnings: [] } };
      }),
    );
  }

  async #appendReady(): Promise<void> {
    for (let batch = this.#ready.get(this.#appended); batch; batch = this.#ready.get(this.#appended)) {
      const start = this.#appended * BATCH;
      this.#ready.delete(this.#appended++);
      this.#events.emit("append");
      const named = ({ index, reason }: { index: number; reason: string }) => ({
        file: this.#shard.files[start + index]!,
        reason,
      });
      const failed = batch.failures.map(named);
      this.#failed.push(...failed);
      this.#warnings.push(...batch.warnings.map(named));
      this.#sourceBytes += batch.sourceBytes;
      if (failed.length > 0) this.#options.onFailed?.(this.#shard, failed);
      await (await this.#file!).write(batch.frames);
      this.#images = Math.min(start + BATCH, this.#shard.files.length);
      if (this.#appended === this.#batches) await this.#commit();
      this.#options.onProgress?.({ shard: this.#shard, done: this.#images, failed: this.#failed.length });
    }
  }

  async #commit(): Promise<void> {
    const records = this.#shard.files.length - this.#failed.length;
    const { bytes, sha256 } = await (await this.#file!).commit();
    this.isDone = true;
    const [failed, warnings, sourceBytes] = [this.#failed, this.#warnings, this.#sourceBytes];
    await this.#options.onWritten(this.#shard, { records, bytes, sha256, sourceBytes, failed, warnings });
  }

  async abandon(): Promise<void> {
    const file = await this.#file?.catch(() => undefined);
    await this.#appending.catch(() => undefined);
    if (!this.isDone) await file?.abandon();
  }
}

/** Parts of a batch, as one. */
function joined(parts: readonly { readonly index: number; readonly prepared: Prepared }[]): Prepared {
  if (parts.length === 1) return parts[0]!.prepared;
  const issues = (key: "failures" | "warnings") =>
    parts.flatMap(({ index, prepared }) =>
      prepared[key].map((issue) => ({ index: index + issue.index, reason: issue.reason })),
    );
  return {
    frames: Buffer.concat(parts.map(({ prepared }) => prepared.frames)),
    sourceBytes: parts.reduce((sum, { prepared }) => sum + prepared.sourceBytes, 0),
    failures: issues("failures"),
    warnings: issues("warnings"),
  };
}
