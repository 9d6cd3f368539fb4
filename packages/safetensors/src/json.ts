import { quote, SafetensorsError } from "./errors.ts";

/**
 * A JSON value of a header. Objects are Maps: a key such as `__proto__` is a key like any other, the order is the
 * file's, and a duplicate can be refused, none of which `JSON.parse` gives.
 */
export type Json = null | boolean | number | string | Json[] | Map<string, Json>;

/** The deepest header that the format knows is `{ tensor: { shape: [ … ] } }`. */
const MAX_DEPTH = 16;
const LITERALS = new Map<string, Json>([
  ["true", true],
  ["false", false],
  ["null", null],
]);
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const LONE_SURROGATE = /\p{Surrogate}/u;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Parses `bytes` as one JSON value followed by nothing but spaces. `base` is the offset of `bytes` in the file. */
export function parseJson(bytes: Uint8Array, base: number): Json {
  const parser = new Parser(bytes, base);
  const value = parser.value(0);
  parser.end();
  return value;
}

class Parser {
  private at = 0;
  private readonly decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

  constructor(
    private readonly bytes: Uint8Array,
    private readonly base: number,
  ) {}

  value(depth: number): Json {
    if (depth > MAX_DEPTH) throw this.error(`header: expected at most ${MAX_DEPTH} levels of JSON, found more`);
    const next = this.peek();
    if (next === "{") return this.object(depth);
    if (next === "[") return this.array(depth);
    if (next === '"') return this.string();
    return this.scalar();
  }

  /** The format pads a header with spaces (0x20) and nothing else. */
  end(): void {
    while (this.bytes[this.at] === 0x20) this.at++;
    if (this.at < this.bytes.length) throw this.error(`header: expected spaces after the JSON, found ${this.found()}`);
  }

  private object(depth: number): Map<string, Json> {
    const result = new Map<string, Json>();
    this.at++;
    if (this.peek() === "}") {
      this.at++;
      return result;
    }
    for (;;) {
      if (this.peek() !== '"') throw this.error(`header: expected a key, found ${this.found()}`);
      const start = this.at;
      const key = this.string();
      if (result.has(key)) {
        throw new SafetensorsError(`header: key ${quote(key)} is given twice`, { offset: this.base + start });
      }
      if (this.peek() !== ":") throw this.error(`header: expected ":", found ${this.found()}`);
      this.at++;
      result.set(key, this.value(depth + 1));
      if (this.closes("}")) return result;
    }
  }

  private array(depth: number): Json[] {
    const result: Json[] = [];
    this.at++;
    if (this.peek() === "]") {
      this.at++;
      return result;
    }
    for (;;) {
      result.push(this.value(depth + 1));
      if (this.closes("]")) return result;
    }
  }

  private closes(bracket: string): boolean {
    const next = this.peek();
    if (next !== "," && next !== bracket)
      throw this.error(`header: expected "," or "${bracket}", found ${this.found()}`);
    this.at++;
    return next === bracket;
  }

  private string(): string {
    const start = this.at++;
    while (this.bytes[this.at] !== QUOTE) {
      if (this.at >= this.bytes.length)
        throw this.error("header: expected the end of a string, found the header's end");
      this.at += this.bytes[this.at] === BACKSLASH ? 2 : 1;
    }
    this.at++;
    const where = { offset: this.base + start };
    let text: string;
    try {
      text = JSON.parse(this.decoder.decode(this.bytes.subarray(start, this.at))) as string;
    } catch (cause) {
      throw new SafetensorsError("header: expected a JSON string in UTF-8, found another encoding or a bad escape", {
        ...where,
        cause,
      });
    }
    if (LONE_SURROGATE.test(text)) throw new SafetensorsError("header: a string holds half a surrogate pair", where);
    return text;
  }

  private scalar(): Json {
    const start = this.at;
    while (/[\w.+-]/.test(this.char())) this.at++;
    const word = String.fromCharCode(...this.bytes.subarray(start, Math.min(this.at, start + 64)));
    const literal = LITERALS.get(word);
    if (literal !== undefined) return literal;
    if (NUMBER.test(word)) return exact(word);
    this.at = start;
    throw this.error(`header: expected a JSON value, found ${this.found()}`);
  }

  /** The next byte that is not JSON's white space, as a character; empty at the end. */
  private peek(): string {
    while (/^[ \t\n\r]$/.test(this.char())) this.at++;
    return this.char();
  }

  private char(): string {
    const byte = this.bytes[this.at];
    return byte === undefined ? "" : String.fromCharCode(byte);
  }

  private found(): string {
    return this.at < this.bytes.length ? quote(this.char()) : "the header's end";
  }

  private error(problem: string): SafetensorsError {
    return new SafetensorsError(problem, { offset: this.base + this.at });
  }
}

/** Only plain integers are offsets and sizes; NaN for `2.0` and `2e0`, which the reference refuses as well. */
function exact(word: string): number {
  return /^\d+$/.test(word) ? Number(word) : Number.NaN;
}
