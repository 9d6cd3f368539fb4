import { ArgumentError, quote } from "../errors.ts";
import { findFlaw } from "./check.ts";
import { Machine } from "./machine.ts";
import { INSTRUCTIONS, STOP } from "./opcodes.ts";
import { DEFAULT_LIMITS, type PickleEncoding, type PickleLimits, type PickleValue } from "./value.ts";

export interface UnpickleOptions extends Partial<PickleLimits> {
  /** What the str of Python 2 becomes. Default: "bytes". */
  readonly encoding?: PickleEncoding;
}

const ENCODINGS: readonly PickleEncoding[] = ["bytes", "latin1", "ASCII", "utf-8"];

/**
 * Reads a Python pickle, protocols 0 to 5, as data. Nothing in it is executed: it may name numpy's arrays, dtypes and
 * scalars and the codec behind Python 3's bytes, and nothing else.
 *
 * As with Python's `pickle.load(file, encoding="bytes")`, the str of Python 2 comes as bytes unless `encoding` says
 * otherwise; as a key of a dict bytes become text, so `dict.get("data")` finds both `b"data"` and `"data"`. Dicts are
 * Maps: a key such as `__proto__` is a key like any other.
 *
 * @param bytes the pickle. Arrays of uint8 and byte strings in the result are views of it.
 * @param options encoding; bounds on stack, memo, nesting and size.
 * @throws PickleError naming the instruction, its byte offset, and the Python object asked for.
 * @see https://docs.python.org/3/library/pickletools.html
 */
export function unpickle(bytes: Uint8Array, { encoding = "bytes", ...limits }: UnpickleOptions = {}): PickleValue {
  if (!ENCODINGS.includes(encoding)) {
    throw new ArgumentError(`unpickle: encoding: expected one of ${ENCODINGS.join(", ")}, got ${quote(`${encoding}`)}`);
  }
  const bounds = { ...DEFAULT_LIMITS, ...limits };
  const machine: Machine = new Machine(bytes, bounds, encoding);
  for (let code = machine.next(); code !== STOP; code = machine.next()) {
    const instruction = INSTRUCTIONS.get(code);
    if (!instruction) machine.fail(`expected an instruction, found byte 0x${code.toString(16).padStart(2, "0")}`);
    machine.opcode = instruction[0];
    instruction[1](machine);
  }
  machine.opcode = "STOP";
  const value = machine.pop();
  const flaw = findFlaw(value, bounds.depth);
  if (flaw !== undefined) machine.fail(flaw);
  return value as PickleValue;
}
