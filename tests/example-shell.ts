/** @file Runs commands as they are written in help texts and documents: by a shell, in a folder, without a network. */
import { type ChildProcess, spawn } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "..");
const program = join(root, "packages", "cli", "bin", "tessera.js");

/** How a command is to end that does not simply succeed. */
export interface Ending {
  readonly of: RegExp;
  readonly code: number;
  readonly says: RegExp;
  /** Ctrl-C comes once this was said. */
  readonly stop?: RegExp;
}

/** How a command ended, and all that it said. */
export interface ShellEnded {
  readonly code: number | null;
  readonly text: string;
}

/** A shell whose PATH has the built command. */
export interface ExampleShell {
  readonly environment: NodeJS.ProcessEnv;
  /** Runs a line to its end, or until it has said `stop`. */
  run(line: string, cwd: string, stop?: RegExp): Promise<ShellEnded>;
  close(): void;
}

/**
 * Opens a shell that finds `tessera`, `npx tessera`, and npm's registry and every site behind a proxy that refuses.
 *
 * @param folder where its programs and its home directory are
 */
export async function openExampleShell(folder: string): Promise<ExampleShell> {
  const proxy = createServer((_, response) => void response.writeHead(502).end());
  proxy.on("connect", (_, socket) => socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
  await new Promise<void>((done) => proxy.listen(0, "127.0.0.1", done));
  const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const bin = join(folder, "bin");
  mkdirSync(bin, { recursive: true });
  // npx finds a command of the folder that it runs in; the pause of a second that it takes for that is spared.
  const scripts = { tessera: `exec "${process.execPath}" "${program}" "$@"`, npx: 'exec "$@"' };
  for (const [name, text] of Object.entries(scripts)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const { TESSERA_DATA: _data, NO_PROXY: _no, no_proxy: _none, ...rest } = process.env;
  const environment = {
    ...{ ...rest, HOME: join(folder, "home"), PATH: `${bin}${delimiter}${rest.PATH}` },
    ...{ HTTPS_PROXY: address, HTTP_PROXY: address, npm_config_registry: `${address}/`, npm_config_fetch_retries: "0" },
  };
  return { environment, run: (line, cwd, stop) => run(line, cwd, environment, stop), close: () => proxy.close() };
}

function run(line: string, cwd: string, env: NodeJS.ProcessEnv, stop: RegExp | undefined): Promise<ShellEnded> {
  return new Promise((done) => {
    // `exec`, so that the signal finds the command and not the shell.
    const child: ChildProcess = spawn("/bin/sh", ["-c", `exec ${line}`], { cwd, env });
    let text = "";
    let stopped = false;
    const onData = (part: Buffer) => {
      text += part;
      if (stopped || !stop?.test(text)) return;
      stopped = child.kill("SIGINT");
    };
    child.stdout!.on("data", onData);
    child.stderr!.on("data", onData);
    child.on("close", (code) => done({ code, text }));
  });
}

/** What to compare with an empty list: a line's exit code and its words, where it does not end as it is to. */
export function faultsOf({ code, text }: ShellEnded, ending: Ending | undefined): string[] {
  const expected = ending?.code ?? 0;
  if (code !== expected) return [`exit code ${code}, expected ${expected}`, text];
  return !ending || ending.says.test(text) ? [] : [`does not say ${ending.says}`, text];
}
