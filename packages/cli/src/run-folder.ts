/** @file The folder that a training run leaves behind. */
import { appendFileSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A run's folder. Files appear whole or not at all, except `history.jsonl`, which grows by a line an epoch. */
export class RunFolder {
  readonly path: string;

  /**
   * Makes the folder and its empty history, so that a place that cannot be written to is known before anything is
   * computed.
   */
  constructor(path: string) {
    this.path = path;
    try {
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, "history.jsonl"), "");
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new Error(`${path}: the run's folder cannot be written: ${reason}\n  hint: name another one with --out`, {
        cause,
      });
    }
  }

  writeJson(name: string, value: unknown): void {
    this.write(name, `${JSON.stringify(value, null, 2)}\n`);
  }

  write(name: string, contents: string | Uint8Array): void {
    const target = join(this.path, name);
    writeFileSync(`${target}.partial`, contents);
    renameSync(`${target}.partial`, target);
  }

  appendHistory(line: object): void {
    appendFileSync(join(this.path, "history.jsonl"), `${JSON.stringify(line)}\n`);
  }
}
