/** @file A plain static server of a page, its program and the published package. */
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, normalize } from "node:path";
import { publishedEntries } from "./bundle.ts";

/** What to serve. */
export interface Site {
  /** The published package, unpacked; it is served under `/tensor/`. */
  readonly folder: string;
  /** The page's program. */
  readonly program: string;
  /** Whether the page is to be cross-origin isolated. */
  readonly isolated: boolean;
  /** Of the page's content security policy, the part about workers. Default: what the engine needs. */
  readonly workers?: string;
}

/** A server on the loopback interface. */
export interface PageServer {
  readonly url: string;
  close(): void;
}

const isolation = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

/** The strictest policy that the README says the engine runs under. */
const policy = "default-src 'none'; script-src 'self' 'sha256-IMPORTMAP' 'wasm-unsafe-eval'";

/** Serves a site until it is closed. */
export async function serve({ folder, program, isolated, workers = "blob:" }: Site): Promise<PageServer> {
  const imports = [...publishedEntries(folder)].map(([name, file]) => [name, `/tensor/${file}`]);
  const importMap = JSON.stringify({ imports: Object.fromEntries(imports) });
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(importMap));
  const headers = {
    ...(isolated ? isolation : {}),
    "Content-Security-Policy": `${policy.replace("IMPORTMAP", Buffer.from(digest).toString("base64"))}; worker-src ${workers}`,
  };
  const page = `<!doctype html>
<title>Tessera</title>
<script type="importmap">${importMap}</script>
<script type="module" src="/page.js"></script>
`;
  const server = createServer(({ url = "/" }, response) => {
    const send = (type: string) => response.writeHead(200, { ...headers, "Content-Type": type });
    if (url === "/") return void send("text/html").end(page);
    if (url === "/page.js") return void send("text/javascript").end(program);
    const path = join(folder, normalize(url.replace("/tensor/", "/")));
    if (!url.startsWith("/tensor/dist/") || !existsSync(path)) return void response.writeHead(404, headers).end();
    createReadStream(path).pipe(send("text/javascript"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, close: () => void server.close() };
}
