// A page that trains a small network in the browser, on WebGPU or on the processor's cores.
//
//   node examples/browser/serve.js [--port 8080] [--data <CIFAR archive or .npz>] [--no-isolation]
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { bundle } from "./bundle.js";
import { findArchive, realImages } from "./real-images.js";

const help = `Serves a page that trains a small network in the browser, on this machine alone (127.0.0.1).

  --port <number>   where to listen; 0 takes any free port (default 8080)
  --data <path>     offer a few thousand images of this set: a CIFAR archive or folder, or a .npz
                    (default: a CIFAR archive in TESSERA_DATA or data/, if there is one)
  --no-isolation    leave out the headers that let threads share memory: the page then trains on one worker

examples:
  node examples/browser/serve.js
  node examples/browser/serve.js --port 0 --data data/cifar-10-python.tar.gz`;

/** With these two a page is cross-origin isolated, and only then may threads share memory. */
const isolation = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

/** Strict, to show what the engine needs: WebAssembly, and workers that are started from text. */
const policy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; style-src 'self'; " +
  "img-src 'self' data: blob:; connect-src 'self'";

const types = { html: "text/html; charset=utf-8", css: "text/css", js: "text/javascript", json: "application/json" };

function readArguments() {
  const options = {
    port: { type: "string", default: "8080" },
    data: { type: "string" },
    "no-isolation": { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  };
  const { values } = parseArgs({ options });
  if (!/^\d{1,5}$/.test(values.port) || Number(values.port) > 65535) {
    throw new Error(`--port must be a number from 0 to 65535, got ${values.port}`);
  }
  return values;
}

/** What is answered under each path. Real images are read when the page first asks for them. */
async function routes(archive) {
  const file = (name) => readFileSync(join(import.meta.dirname, name));
  const sets =
    archive === null
      ? []
      : [
          {
            name: basename(archive).replace(/(-(python|binary|batches-(py|bin)))?(\.tar\.gz|\.npz)?$/, ""),
            url: "/images.npz",
          },
        ];
  let images;
  const readImages = () => {
    images ??= realImages(archive);
    return images;
  };
  return new Map([
    ["/", () => file("index.html")],
    ["/page.css", () => file("page.css")],
    ["/sets.json", () => JSON.stringify(sets)],
    ...[...(await bundle())].map(([path, contents]) => [path, () => contents]),
    ...sets.map(({ url }) => [url, readImages]),
  ]);
}

async function answer(request, response, table, headers) {
  const [path = "/"] = (request.url ?? "/").split("?");
  const contents = table.get(path);
  if (!contents || request.method !== "GET") return void response.writeHead(404, headers).end();
  try {
    const body = await contents();
    const type = types[path === "/" ? "html" : (path.split(".").pop() ?? "")] ?? "application/octet-stream";
    response.writeHead(200, { ...headers, "Content-Type": type, "Cache-Control": "no-store" }).end(body);
  } catch (error) {
    console.error(error.message);
    response.writeHead(500, { ...headers, "Content-Type": "text/plain; charset=utf-8" }).end(error.message);
  }
}

/** What was asked for, or the end of the process with status 2. */
function argumentsOrExit() {
  try {
    return readArguments();
  } catch (error) {
    console.error(`serve: ${error.message}\n  hint: see --help`);
    return process.exit(2);
  }
}

const values = argumentsOrExit();
if (values.help) console.log(help);
else {
  const table = await routes(findArchive(values.data));
  const headers = { ...(values["no-isolation"] ? {} : isolation), "Content-Security-Policy": policy };
  const server = createServer((request, response) => answer(request, response, table, headers));
  server.on("error", (error) => {
    const taken = error.code === "EADDRINUSE" ? `port ${values.port} is taken\n  hint: try --port 0` : error.message;
    console.error(`serve: ${taken}`);
    process.exit(1);
  });
  server.listen(Number(values.port), "127.0.0.1", () => {
    console.log(`http://127.0.0.1:${server.address().port}/ (Ctrl-C ends it)`);
  });
}
