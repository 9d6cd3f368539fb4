/** @file After damage: where the next record begins. */
import type { ByteQueue } from "./byte-queue.ts";
import { maskedCrc32c } from "./crc32c.ts";
import { CorruptRecordError } from "./errors.ts";
import { checkedData, FRAME_BYTES, type RecordLimits } from "./framing.ts";
import { HEADER_BYTES } from "./sniff.ts";

/** Bytes that are searched at a time. */
const WINDOW = 2 ** 16;
/** Bytes of data that may be summed in vain, as a multiple of the longest record: lying headers cost no more. */
const MAX_VAIN = 4;

/**
 * Skips damage at the beginning of a queue, up to the next record both of whose checksums hold, or to the end.
 *
 * Where only the data are damaged, the header still says where the next frame begins, and exactly one record is lost.
 * Otherwise every byte may be the next header. Records that lie within the data of a damaged one are taken for records.
 */
export class Resync {
  readonly error: CorruptRecordError;
  /** Bytes that were skipped. */
  skipped = 0;
  /** Whether exactly one frame was skipped. */
  exact = false;
  readonly #limits: RecordLimits;
  /** Size of the damaged frame, while it may be that this one alone is lost. */
  #frame: number | null;
  /** Size of the frame whose header stands at the queue's beginning, and whose data are not looked at yet. */
  #candidate: number | null = null;
  #vain = 0;

  /** Whether the damaged frame is the last, and lacks its end. */
  readonly #isCutShort: boolean;

  /** @param frame size of the damaged frame, where its header holds; `isWhole` whether as many bytes are there */
  constructor(error: CorruptRecordError, frame: { size: number; isWhole: boolean } | null, limits: RecordLimits) {
    this.error = error;
    this.#frame = frame?.isWhole ? frame.size : null;
    this.#isCutShort = frame?.isWhole === false;
    this.#limits = limits;
  }

  /**
   * Goes on with what there is.
   *
   * @returns whether it is done; otherwise more bytes are needed
   * @throws CorruptRecordError the damage itself, when there is no record within the bounds.
   */
  advance(queue: ByteQueue, ended: boolean): boolean {
    if (this.#frame !== null) {
      const frame = this.#frame;
      if (!ended && queue.length < frame + HEADER_BYTES) return false;
      this.#frame = null;
      if (this.#continuesAt(queue, frame)) {
        this.exact = true;
        this.#skip(queue, frame);
        return true;
      }
    }
    if (this.skipped === 0) this.#skip(queue, 1);
    for (;;) {
      if (this.#candidate === null && !this.#findHeader(queue, ended)) return ended;
      if (!ended && queue.length < this.#candidate!) return false;
      if (this.#candidateHolds(queue)) return true;
      this.#candidate = null;
      this.#skip(queue, 1);
    }
  }

  #continuesAt(queue: ByteQueue, at: number): boolean {
    if (queue.length === at) return true;
    if (queue.length < at + HEADER_BYTES) return false;
    const header = queue.peek(at + HEADER_BYTES).subarray(at);
    return findHeader(header, this.#limits.maxRecordBytes) !== null;
  }

  /** Moves to the next header, if there is one; without one, nothing is left that could begin a header. */
  #findHeader(queue: ByteQueue, ended: boolean): boolean {
    while (queue.length >= HEADER_BYTES) {
      const window = queue.peek(Math.min(queue.length, WINDOW));
      const found = findHeader(window, this.#limits.maxRecordBytes);
      this.#skip(queue, found?.at ?? window.length - HEADER_BYTES + 1);
      if (found === null) continue;
      this.#candidate = found.length + FRAME_BYTES;
      return true;
    }
    if (ended) this.#skip(queue, queue.length);
    this.exact = ended && this.#isCutShort;
    return false;
  }

  #candidateHolds(queue: ByteQueue): boolean {
    const size = this.#candidate!;
    if (queue.length < size) return false;
    try {
      checkedData(queue.peek(size), size - FRAME_BYTES, this.error, { verifyChecksums: true });
      return true;
    } catch (error) {
      if (!(error instanceof CorruptRecordError)) throw error;
      this.#vain += size;
      return false;
    }
  }

  #skip(queue: ByteQueue, count: number): void {
    const { maxSkipBytes, maxRecordBytes } = this.#limits;
    queue.drop(count);
    this.skipped += count;
    const tooFar = this.skipped > maxSkipBytes;
    if (!tooFar && this.#vain <= MAX_VAIN * Math.max(maxRecordBytes, WINDOW)) return;
    const searched = tooFar ? `maxSkipBytes = ${maxSkipBytes}` : `${this.skipped}`;
    throw new CorruptRecordError(
      `${this.error.problem}; no whole record begins within the next ${searched} bytes`,
      this.error,
    );
  }
}

/** The first place at which a length stands beside its checksum. */
function findHeader(bytes: Uint8Array, maxRecordBytes: number): { at: number; length: number } | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at + HEADER_BYTES <= bytes.length; at++) {
    const length = view.getUint32(at, true) + 2 ** 32 * view.getUint32(at + 4, true);
    // Most bytes are passed over here, without a checksum.
    if (length > maxRecordBytes) continue;
    if (view.getUint32(at + 8, true) === maskedCrc32c(bytes.subarray(at, at + 8))) return { at, length };
  }
  return null;
}
