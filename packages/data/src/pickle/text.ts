/** Bytes as text, one character a byte (latin-1, U+0000 … U+00FF): what Python 2 calls str, without loss. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return text;
}

/** The inverse of `latin1`; undefined where a character does not fit a byte. */
export function fromLatin1(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0xff) return undefined;
    bytes[i] = code;
  }
  return bytes;
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes as text in one of Python's encodings; undefined where they are none in it. */
export function decodeStr(bytes: Uint8Array, encoding: "latin1" | "ASCII" | "utf-8"): string | undefined {
  if (encoding === "utf-8") return decodeUtf8(bytes);
  return encoding === "ASCII" && bytes.some((byte) => byte > 0x7f) ? undefined : latin1(bytes);
}

/** Bytes as text in UTF-8; undefined where they are none. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\n": "",
};

/** The bytes of a Python 2 string literal with its quotes, as protocol 0 writes it; undefined where it is not one. */
export function parseStringLiteral(literal: string): Uint8Array | undefined {
  const match = /^(['"])(.*)\1$/s.exec(literal);
  if (!match) return undefined;
  let valid = true;
  const text = match[2]!.replace(/\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|.|$)/gs, (whole, code: string) => {
    if (/^x../.test(code)) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8) & 0xff);
    if (code === "" || code === "x") valid = false;
    return ESCAPES[code] ?? whole;
  });
  return valid ? fromLatin1(text) : undefined;
}

/** Text in Python's `raw-unicode-escape`: latin-1 with \uXXXX and \UXXXXXXXX; undefined past U+10FFFF. */
export function parseRawUnicode(text: string): string | undefined {
  let valid = true;
  const result = text.replace(
    /(\\+)(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/g,
    (whole, slashes: string, short, long) => {
      // Python takes the escape only after an odd number of backslashes.
      if (slashes.length % 2 === 0) return whole;
      const code = Number.parseInt(short ?? long, 16);
      if (code > 0x10ffff) {
        valid = false;
        return "";
      }
      return slashes.slice(1) + String.fromCodePoint(code);
    },
  );
  return valid ? result : undefined;
}
