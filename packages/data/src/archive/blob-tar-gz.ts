/** @file A `.tar.gz` where there are neither Node's streams nor a file system: in browsers, from what a user picked. */
import { CorruptArchiveError, DataError } from "../errors.ts";

/** A tar file is made of blocks: a header, then the member's bytes, filled up to whole blocks. */
const BLOCK = 512;

/** Well above any batch that the data sets have; a header that claims more would only exhaust memory. */
const MAX_MEMBER_BYTES = 2 ** 30;

/** A fault of the archive, before it is told where. */
class Fault extends Error {}

/**
 * Reads a `.tar.gz` as a stream and yields the files that `wanted` picks, whole, in the archive's order. The bytes are
 * the caller's own. It is read to its end, so that a truncated one is always noticed.
 *
 * Names are those of the ustar header, with its prefix: extensions for longer names are passed over.
 *
 * @param source what errors call the archive
 * @param onBytes told how many bytes of the archive were read
 * @throws CorruptArchiveError, saying in or after which member
 * @see https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html (ustar Interchange Format)
 */
export async function* readBlobTarGz(
  archive: Blob,
  wanted: (name: string) => boolean,
  source: string,
  onBytes: (bytes: number) => void = () => undefined,
): AsyncGenerator<{ name: string; bytes: Uint8Array }> {
  let [read, member] = [0, ""];
  const count = new TransformStream<Uint8Array, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      read += chunk.length;
      onBytes(read);
      controller.enqueue(chunk as Uint8Array<ArrayBuffer>);
    },
  });
  const unpacked = archive.stream().pipeThrough(count).pipeThrough(new DecompressionStream("gzip"));
  const bytes = new ByteReader(unpacked.getReader());
  try {
    for (;;) {
      const header = await bytes.header();
      if (!header) break;
      member = header.name;
      if (header.isFile && wanted(member)) yield { name: member, bytes: await bytes.take(header.size) };
      else await bytes.skip(header.size);
      await bytes.skip(-header.size & (BLOCK - 1));
    }
    await bytes.drain();
  } catch (cause) {
    if (cause instanceof DataError) throw cause;
    const place =
      member === "" ? "before the first member" : `in or after member ${JSON.stringify(member.slice(0, 200))}`;
    const problem = cause instanceof Fault ? cause.message : "it is no gzip archive, ends early or is damaged";
    const text = `${source}: the archive cannot be read: ${problem} (${place}, ${read} bytes into the file); download it again`;
    throw new CorruptArchiveError(text, read, cause);
  } finally {
    await bytes.cancel();
  }
}

/** What a header says. */
interface Header {
  readonly name: string;
  readonly size: number;
  readonly isFile: boolean;
}

/** Takes bytes from a stream in pieces of any size. */
class ByteReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #chunk = new Uint8Array(0);

  constructor(reader: ReadableStreamDefaultReader<Uint8Array>) {
    this.#reader = reader;
  }

  /** The next header; `null` behind the last member, where a block of zeros or the end of the file is. */
  async header(): Promise<Header | null> {
    if (!(await this.#fill())) return null;
    const block = await this.take(BLOCK);
    return block.every((byte) => byte === 0) ? null : parseHeader(block);
  }

  async take(size: number): Promise<Uint8Array> {
    if (size > MAX_MEMBER_BYTES)
      throw new Fault(`it claims ${size} bytes, more than the ${MAX_MEMBER_BYTES} of any batch`);
    const out = new Uint8Array(size);
    let offset = 0;
    await this.#pass(size, (part) => {
      out.set(part, offset);
      offset += part.length;
    });
    return out;
  }

  skip(size: number): Promise<void> {
    return this.#pass(size, () => undefined);
  }

  async drain(): Promise<void> {
    while (await this.#fill()) this.#chunk = this.#chunk.subarray(this.#chunk.length);
  }

  /** Ends the reading; of a stream that has failed there is nothing more to say. */
  async cancel(): Promise<void> {
    await this.#reader.cancel().catch(() => undefined);
  }

  async #pass(size: number, use: (part: Uint8Array) => void): Promise<void> {
    let left = size;
    while (left > 0) {
      if (!(await this.#fill())) throw new Fault("it ends early");
      const part = this.#chunk.subarray(0, left);
      use(part);
      left -= part.length;
      this.#chunk = this.#chunk.subarray(part.length);
    }
  }

  /** Whether there are bytes left. */
  async #fill(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      const { done, value } = await this.#reader.read();
      if (done) return false;
      this.#chunk = value as Uint8Array<ArrayBuffer>;
    }
    return true;
  }
}

/** Where the checksum lies, which counts as spaces in its own sum. */
const CHECKSUM = { from: 148, to: 156 };

function parseHeader(block: Uint8Array): Header {
  const text = (from: number, to: number) => {
    const end = block.indexOf(0, from);
    return new TextDecoder().decode(block.subarray(from, end < 0 ? to : Math.min(end, to)));
  };
  const sum = block.reduce((a, byte, i) => a + (i >= CHECKSUM.from && i < CHECKSUM.to ? 32 : byte), 0);
  const expected = Number.parseInt(text(CHECKSUM.from, CHECKSUM.to).trim(), 8);
  if (sum !== expected) throw new Fault("it is no tar file, or a header of it is damaged");
  const size = text(124, 136).trim();
  if (!/^[0-7]*$/.test(size)) throw new Fault(`a header has the size ${JSON.stringify(size)}`);
  const prefix = text(257, 262) === "ustar" ? text(345, 500) : "";
  const kind = block[156];
  return {
    name: prefix === "" ? text(0, 100) : `${prefix}/${text(0, 100)}`,
    size: Number.parseInt(size || "0", 8),
    isFile: kind === 0 || kind === 0x30,
  };
}
