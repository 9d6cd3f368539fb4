import { DataError } from "../errors.ts";

/** Where an unpickler stood when it gave up. */
export interface PickleFault {
  /** What was wrong, in words. */
  readonly problem: string;
  /** Name of the instruction, as Python's `pickletools` prints it. */
  readonly opcode: string;
  /** Byte offset of that instruction. */
  readonly offset: number;
  /** The Python object that the pickle asked for, such as `posix.system`. */
  readonly global?: string | undefined;
}

/** A pickle that is broken, or that asks for something that this reader does not give. Nothing of it was executed. */
export class PickleError extends DataError {
  override readonly name = "PickleError";
  readonly opcode: string;
  readonly offset: number;
  readonly global: string | undefined;
  private readonly fault: PickleFault;

  constructor(fault: PickleFault, source = "pickle") {
    super(`${source}: ${fault.opcode} at byte ${fault.offset}: ${fault.problem}`);
    this.fault = fault;
    this.opcode = fault.opcode;
    this.offset = fault.offset;
    this.global = fault.global;
  }

  /** The same fault, told with the file that it lies in. */
  within(source: string): PickleError {
    return new PickleError(this.fault, source);
  }
}
