/** @file The page of a run while it is trained, served to this machine alone. */
import { existsSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { RUNNING_FILE } from "../run-folder.ts";

/** What is served. */
export interface LiveSite {
  /** The run's folder. */
  readonly path: string;
  /** The page as the run stands now. */
  readonly page: () => Promise<string>;
  /** Default: one that is free. */
  readonly port?: number;
  /** Milliseconds between two looks at the folder. Default: a second. */
  readonly every?: number;
}

/** A server that runs until it is closed. */
export interface LiveServer {
  readonly url: string;
  close(): void;
}

/** What changes while a run is trained. */
const watched = ["config.json", "history.jsonl", "test.json", RUNNING_FILE];

/** Nothing that is served may be kept, framed, or taken for something else. */
const headers = {
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Cross-Origin-Resource-Policy": "same-origin",
};

/**
 * Serves `/`, the page, and `/events`, which says when it has changed. It listens on the loopback interface and answers
 * requests to its own address alone: a site of the web whose name leads to this machine gets nothing.
 *
 * @throws Error if the port is taken
 */
export async function serveLive({ path, page, port = 0, every = 1000 }: LiveSite): Promise<LiveServer> {
  const listeners = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    if (!isOwn(request, server)) return refuse(response, 403, "this server answers to its own address alone");
    if (request.method !== "GET" && request.method !== "HEAD") return refuse(response, 405, "expected GET");
    if (request.url === "/events") return listen(response, listeners);
    if (request.url !== "/") return refuse(response, 404, "there is one page here");
    page().then(
      (text) => response.writeHead(200, { ...headers, "Content-Type": "text/html; charset=utf-8" }).end(text),
      (error: unknown) => refuse(response, 500, error instanceof Error ? error.message : String(error)),
    );
  });
  let before = stamp(path);
  const timer = setInterval(() => {
    const now = stamp(path);
    for (const each of listeners) each.write(now === before ? ": still here\n\n" : "event: change\ndata: run\n\n");
    before = now;
  }, every);
  try {
    await listening(server, port);
  } catch (error) {
    clearInterval(timer);
    throw error;
  }
  return {
    url: `http://127.0.0.1:${portOf(server)}/`,
    close() {
      clearInterval(timer);
      for (const each of listeners) each.end();
      server.close();
      server.closeAllConnections();
    },
  };
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const reason = cause.code === "EADDRINUSE" ? "it is taken" : cause.message;
      reject(new Error(`port ${port} of 127.0.0.1: ${reason}\n  hint: name another one with --port`, { cause }));
    });
    server.listen(port, "127.0.0.1", resolve);
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function isOwn({ headers: { host } }: IncomingMessage, server: Server): boolean {
  return host === `127.0.0.1:${portOf(server)}` || host === `localhost:${portOf(server)}`;
}

function refuse(response: ServerResponse, status: number, reason: string): void {
  response.writeHead(status, { ...headers, "Content-Type": "text/plain; charset=utf-8" }).end(`${reason}\n`);
}

function listen(response: ServerResponse, listeners: Set<ServerResponse>): void {
  response.writeHead(200, { ...headers, "Content-Type": "text/event-stream" });
  response.write(": listening\n\n");
  listeners.add(response);
  response.on("close", () => listeners.delete(response));
}

/** Sizes and times of what changes: another text when something did. */
function stamp(path: string): string {
  return watched
    .map((name) => join(path, name))
    .map((file) => {
      if (!existsSync(file)) return "-";
      const { size, mtimeMs } = statSync(file, { throwIfNoEntry: false }) ?? { size: 0, mtimeMs: 0 };
      return `${size}@${mtimeMs}`;
    })
    .join(" ");
}
