import { describe, type Item } from "./globals.ts";
import type { Machine } from "./machine.ts";
import { plainInteger } from "./numpy.ts";
import { decodeUtf8, parseRawUnicode, parseStringLiteral } from "./text.ts";
import { MAX_DIGITS } from "./value.ts";

/** Name as `pickletools` prints it, and what the instruction does. */
type Instruction = readonly [name: string, run: (machine: Machine) => void];

/** Every instruction of protocols 0 to 5 by its code; those that make objects of arbitrary classes are refused. */
export const INSTRUCTIONS: ReadonlyMap<number, Instruction> = new Map<number, Instruction>([
  // Constants
  [code("N"), ["NONE", (m) => m.push(null)]],
  [0x88, ["NEWTRUE", (m) => m.push(true)]],
  [0x89, ["NEWFALSE", (m) => m.push(false)]],
  // Numbers
  [code("K"), ["BININT1", (m) => m.push(m.uint8())]],
  [code("M"), ["BININT2", (m) => m.push(m.uint16())]],
  [code("J"), ["BININT", (m) => m.push(m.int32())]],
  [code("G"), ["BINFLOAT", (m) => m.push(m.float64())]],
  [0x8a, ["LONG1", (m) => pushLong(m, m.uint8())]],
  [0x8b, ["LONG4", (m) => pushLong(m, m.uint32())]],
  [code("I"), ["INT", pushDecimal]],
  [code("L"), ["LONG", pushDecimal]],
  [code("F"), ["FLOAT", pushFloatText]],
  // Bytes; Python 2's str among them
  [code("U"), ["SHORT_BINSTRING", (m) => m.pushStr(m.take(m.uint8()))]],
  [code("T"), ["BINSTRING", (m) => m.pushStr(m.take(m.uint32()))]],
  [code("S"), ["STRING", pushStringLiteral]],
  [code("C"), ["SHORT_BINBYTES", (m) => m.push(m.take(m.uint8()))]],
  [code("B"), ["BINBYTES", (m) => m.push(m.take(m.uint32()))]],
  [0x8e, ["BINBYTES8", (m) => m.push(m.take(m.uint64()))]],
  [0x96, ["BYTEARRAY8", (m) => m.push(m.take(m.uint64()))]],
  // Text
  [0x8c, ["SHORT_BINUNICODE", (m) => pushText(m, m.uint8())]],
  [code("X"), ["BINUNICODE", (m) => pushText(m, m.uint32())]],
  [0x8d, ["BINUNICODE8", (m) => pushText(m, m.uint64())]],
  [code("V"), ["UNICODE", pushRawUnicode]],
  // Lists, tuples, dicts
  [code("]"), ["EMPTY_LIST", (m) => m.push([])]],
  [code("l"), ["LIST", (m) => m.push(m.popToMark() as [])]],
  [code("a"), ["APPEND", (m) => m.append([m.pop()])]],
  [code("e"), ["APPENDS", (m) => m.append(m.popToMark())]],
  [code(")"), ["EMPTY_TUPLE", (m) => m.pushTuple([])]],
  [code("t"), ["TUPLE", (m) => m.pushTuple(m.popToMark())]],
  [0x85, ["TUPLE1", (m) => m.pushTupleOf(1)]],
  [0x86, ["TUPLE2", (m) => m.pushTupleOf(2)]],
  [0x87, ["TUPLE3", (m) => m.pushTupleOf(3)]],
  [code("}"), ["EMPTY_DICT", (m) => m.push(new Map())]],
  [code("d"), ["DICT", pushDict]],
  [code("s"), ["SETITEM", (m) => m.setItems([m.pop(), m.pop()].reverse())]],
  [code("u"), ["SETITEMS", (m) => m.setItems(m.popToMark())]],
  // Stack and memo
  [code("("), ["MARK", (m) => m.mark()]],
  [code("0"), ["POP", (m) => m.discard()]],
  [code("1"), ["POP_MARK", (m) => void m.popToMark()]],
  [code("2"), ["DUP", (m) => m.push(m.top())]],
  [code("p"), ["PUT", (m) => m.remember(memoIndex(m))]],
  [code("q"), ["BINPUT", (m) => m.remember(m.uint8())]],
  [code("r"), ["LONG_BINPUT", (m) => m.remember(m.uint32())]],
  [0x94, ["MEMOIZE", (m) => m.memoize()]],
  [code("g"), ["GET", (m) => m.recall(memoIndex(m))]],
  [code("h"), ["BINGET", (m) => m.recall(m.uint8())]],
  [code("j"), ["LONG_BINGET", (m) => m.recall(m.uint32())]],
  // Framing
  [0x80, ["PROTO", checkProtocol]],
  [0x95, ["FRAME", (m) => void m.uint64()]],
  // Objects, from the allow-list
  [code("c"), ["GLOBAL", (m) => m.pushGlobal(m.line(), m.line())]],
  [0x93, ["STACK_GLOBAL", pushStackGlobal]],
  [code("R"), ["REDUCE", (m) => m.reduce()]],
  [code("b"), ["BUILD", (m) => m.build()]],
  // Never needed for data
  [code("i"), ["INST", (m) => m.refuse(`${m.line()}.${m.line()}`)]],
  ...(
    [
      [code("o"), "OBJ"],
      [0x81, "NEWOBJ"],
      [0x92, "NEWOBJ_EX"],
      [code("P"), "PERSID"],
      [code("Q"), "BINPERSID"],
      [0x82, "EXT1"],
      [0x83, "EXT2"],
      [0x84, "EXT4"],
      [0x8f, "EMPTY_SET"],
      [0x90, "ADDITEMS"],
      [0x91, "FROZENSET"],
      [0x97, "NEXT_BUFFER"],
      [0x98, "READONLY_BUFFER"],
    ] as const
  ).map(([byte, name]) => [byte, [name, (m: Machine) => m.fail("this instruction is not allowed")]] as const),
]);

/** The instruction that ends a pickle. */
export const STOP = code(".");

function code(character: string): number {
  return character.charCodeAt(0);
}

function checkProtocol(m: Machine): void {
  const version = m.uint8();
  if (version > 5) m.fail(`expected protocol 0 to 5, found ${version}`);
}

/** A two's complement integer of `length` bytes, lowest first. */
function pushLong(m: Machine, length: number): void {
  if (length > MAX_DIGITS) m.fail(`expected an integer of at most ${MAX_DIGITS} bytes, found ${length}`);
  const bytes = m.take(length);
  let value = 0n;
  for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
  m.push(plainInteger(BigInt.asIntN(8 * length, value)));
}

function pushDecimal(m: Machine): void {
  const text = m.lineLike(new RegExp(`^-?\\d{1,${MAX_DIGITS}}L?$`), "an integer");
  // Protocol 0 and 1 write booleans as the integers 00 and 01, which nothing else is written as.
  const flag = m.opcode === "INT" && (text === "00" || text === "01");
  m.push(flag ? text === "01" : plainInteger(BigInt(text.replace("L", ""))));
}

function pushFloatText(m: Machine): void {
  const text = m.lineLike(/^-?(inf|nan|\d{1,400}(\.\d{0,400})?(e[+-]?\d{1,4})?)$/, "a float");
  m.push(Number(text.replace("inf", "Infinity").replace("nan", "NaN")));
}

function pushStringLiteral(m: Machine): void {
  const literal = m.line();
  m.pushStr(parseStringLiteral(literal) ?? m.fail("expected a quoted Python string, found another text"));
}

function pushText(m: Machine, length: number): void {
  m.push(decodeUtf8(m.take(length)) ?? m.fail("expected text in UTF-8, found other bytes"));
}

function pushRawUnicode(m: Machine): void {
  m.push(parseRawUnicode(m.line()) ?? m.fail("expected characters up to U+10FFFF, found one past it"));
}

function pushDict(m: Machine): void {
  const items = m.popToMark();
  m.push(new Map());
  m.setItems(items);
}

function pushStackGlobal(m: Machine): void {
  const name: Item = m.pop();
  const module: Item = m.pop();
  if (typeof module !== "string" || typeof name !== "string") {
    m.fail(`expected a module and a name, found ${describe(module)} and ${describe(name)}`);
  }
  m.pushGlobal(module, name);
}

function memoIndex(m: Machine): number {
  return Number(m.lineLike(/^\d{1,15}$/, "a memo index"));
}
