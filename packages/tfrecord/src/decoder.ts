import { ByteQueue } from "./byte-queue.ts";
import { CorruptRecordError, type RecordPlace } from "./errors.ts";
import { checkedData, dataLength, FRAME_BYTES, type RecordLimits, type TfRecord } from "./framing.ts";
import { Resync } from "./resync.ts";
import { type Compression, HEADER_BYTES } from "./sniff.ts";

/** Records from bytes that come piece by piece. Memory is taken as bytes arrive, never because a length promises them. */
export class RecordDecoder {
  readonly #limits: RecordLimits;
  readonly #compression: Compression;
  readonly #queue = new ByteQueue();
  #record = 0;
  #offset = 0;
  /** Length of the record whose header was read and whose data are not there yet. */
  #length: number | null = null;
  #resync: Resync | null = null;
  /** Records and bytes that were read, from which losses are estimated. */
  #good = { records: 0, bytes: 0 };

  constructor(limits: RecordLimits, compression: Compression = "none") {
    this.#limits = limits;
    this.#compression = compression;
  }

  push(chunk: Uint8Array): void {
    this.#queue.push(chunk);
  }

  /** Where the next record begins. */
  get place(): RecordPlace {
    const { source } = this.#limits;
    return { source, record: this.#record, offset: this.#offset, compression: this.#compression };
  }

  /**
   * The next record, or `null` when what was pushed holds no other whole one.
   *
   * @param ended whether nothing more will be pushed: what is left then has to be whole
   * @throws CorruptRecordError unless losses are recovered from.
   */
  next(ended: boolean): TfRecord | null {
    for (;;) {
      if (this.#resync !== null && !this.#recover(this.#resync, ended)) return null;
      try {
        return this.#read(ended);
      } catch (error) {
        if (!(error instanceof CorruptRecordError) || this.#limits.onLoss === undefined) throw error;
        const size = (this.#length ?? 0) + FRAME_BYTES;
        const frame = this.#length === null ? null : { size, isWhole: size <= this.#queue.length };
        this.#resync = new Resync(error, frame, this.#limits);
        this.#length = null;
      }
    }
  }

  #read(ended: boolean): TfRecord | null {
    const queue = this.#queue;
    if (queue.length < HEADER_BYTES && (!ended || queue.length === 0)) return null;
    const place = this.place;
    this.#length ??= dataLength(queue.peek(Math.min(HEADER_BYTES, queue.length)), place, this.#limits);
    const length = this.#length;
    const size = length + FRAME_BYTES;
    if (queue.length < size && !ended) return null;
    const data = checkedData(queue.peek(Math.min(size, queue.length)), length, place, this.#limits);
    queue.drop(size);
    this.#length = null;
    this.#offset += size;
    this.#record++;
    this.#good.records++;
    this.#good.bytes += size;
    return { data, source: place.source, record: place.record, offset: place.offset, compression: place.compression };
  }

  #recover(resync: Resync, ended: boolean): boolean {
    if (!resync.advance(this.#queue, ended)) return false;
    this.#resync = null;
    this.#report(resync.error.problem, resync.skipped, resync.exact);
    return true;
  }

  /** Says that bytes are lost from here: as many, or (`null`) all that would have followed. */
  #report(reason: string, bytes: number | null, exact = false): void {
    const mean = this.#good.records === 0 ? Number.POSITIVE_INFINITY : this.#good.bytes / this.#good.records;
    const estimatedRecords = exact || bytes === null ? 1 : Math.max(1, Math.round(bytes / mean));
    const end = bytes === null ? null : this.#offset + bytes;
    this.#limits.onLoss?.({ ...this.place, end, estimatedRecords, reason });
    this.#offset += bytes ?? 0;
    this.#record += estimatedRecords;
  }

  /** Nothing more can be decompressed. @throws CorruptRecordError unless losses are recovered from. */
  abandon(reason: string): void {
    const damaged = this.#resync?.error.problem;
    const problem = damaged === undefined ? reason : `${damaged}, and ${reason}`;
    if (this.#limits.onLoss === undefined) throw new CorruptRecordError(problem, this.place);
    this.#resync = null;
    this.#report(problem, null);
  }
}
