import { quote } from "../errors.ts";
import { PickleError } from "./errors.ts";
import { latin1 } from "./text.ts";

/** Reads the operands of instructions, and says where it stood when they are not there. */
export class Cursor {
  /** Instruction that is being read, for errors. */
  opcode = "PROTO";
  /** Byte offset of that instruction. */
  offset = 0;
  private at = 0;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;

  constructor(bytes: Uint8Array) {
    // Of a Node Buffer, parts would be Buffers, too.
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  fail(problem: string, global?: string): never {
    throw new PickleError({ problem, opcode: this.opcode, offset: this.offset, global });
  }

  /** The next `length` bytes, as a view: nothing is allocated for a length that the pickle merely claims. */
  take(length: number): Uint8Array {
    const start = this.at;
    const left = this.bytes.length - start;
    if (length > left) this.fail(`expected ${length} more bytes, found ${left}: the pickle ends early`);
    this.at += length;
    return this.bytes.subarray(start, this.at);
  }

  uint8(): number {
    const at = this.skip(1);
    return this.view.getUint8(at);
  }

  uint16(): number {
    return this.view.getUint16(this.skip(2), true);
  }

  int32(): number {
    return this.view.getInt32(this.skip(4), true);
  }

  uint32(): number {
    return this.view.getUint32(this.skip(4), true);
  }

  /** A length of 8 bytes; past 2⁵³ it is inexact, but then it is past the end as well. */
  uint64(): number {
    return Number(this.view.getBigUint64(this.skip(8), true));
  }

  /** Pickle's one big-endian number. */
  float64(): number {
    return this.view.getFloat64(this.skip(8), false);
  }

  /** Text up to the next newline, which is skipped. */
  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0) this.fail("expected a line, found no newline: the pickle ends early");
    const text = latin1(this.bytes.subarray(this.at, end));
    this.at = end + 1;
    return text;
  }

  /** A line that must look like `pattern`. */
  lineLike(pattern: RegExp, what: string): string {
    const text = this.line();
    return pattern.test(text) ? text : this.fail(`expected ${what}, found ${quote(text)}`);
  }

  /** Moves to the next instruction and returns its code. */
  next(): number {
    this.offset = this.at;
    this.opcode = "the next instruction";
    return this.uint8();
  }

  private skip(length: number): number {
    const start = this.at;
    this.take(length);
    return start;
  }
}
