import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { get, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, it } from "vitest";
import { type LiveServer, serveLive } from "./live-server.ts";

const path = mkdtempSync(join(tmpdir(), "tessera-live-"));
writeFileSync(join(path, "history.jsonl"), "");
afterAll(() => rmSync(path, { recursive: true, force: true }));

const servers: LiveServer[] = [];
afterEach(() => {
  for (const each of servers.splice(0)) each.close();
});

async function serve(page: () => Promise<string> = async () => "<p>page</p>"): Promise<LiveServer> {
  const server = await serveLive({ path, page, every: 20 });
  servers.push(server);
  return server;
}

function request(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ response: IncomingMessage; text: string }> {
  return new Promise((resolve, reject) => {
    get(url, { headers }, (response) => {
      let text = "";
      response.on("data", (part) => {
        text += part;
      });
      response.on("end", () => resolve({ response, text }));
    }).on("error", reject);
  });
}

it("serves the page on the loopback interface, not to be kept", async () => {
  const { url } = await serve();
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  const { response, text } = await request(url);
  expect([response.statusCode, text]).toEqual([200, "<p>page</p>"]);
  expect(response.headers["cache-control"]).toBe("no-store");
  expect((await request(`${url}history.jsonl`)).response.statusCode).toBe(404);
  expect((await request(url.replace("127.0.0.1", "localhost"))).response.statusCode).toBe(200);
});

it.each(["example.org", "127.0.0.1", "127.0.0.1:1", "localhost.example.org"])(
  "answers nothing to somebody who calls it %s",
  async (host) => {
    const { url } = await serve();
    const { response, text } = await request(url, { host });
    expect([response.statusCode, text]).toEqual([403, "this server answers to its own address alone\n"]);
    expect((await request(`${url}events`, { host })).response.statusCode).toBe(403);
  },
);

it("says so when the page cannot be made", async () => {
  const { url } = await serve(() => Promise.reject(new Error("config.json: not JSON")));
  const { response, text } = await request(url);
  expect([response.statusCode, text]).toEqual([500, "config.json: not JSON\n"]);
});

it("tells listeners when the run has changed, and not before", async () => {
  const { url } = await serve();
  const text = await new Promise<string>((resolve, reject) => {
    get(`${url}events`, (response) => {
      expect(response.headers["content-type"]).toBe("text/event-stream");
      let text = "";
      response.on("data", (part) => {
        text += part;
        if (text.endsWith(": still here\n\n") && !text.includes("change")) {
          appendFileSync(join(path, "history.jsonl"), '{"epoch":1}\n');
        }
        if (text.includes("event: change")) {
          response.destroy();
          resolve(text);
        }
      });
    }).on("error", reject);
  });
  expect(text).toMatch(/^: listening\n\n(: still here\n\n)+event: change\ndata: run\n\n$/);
});

it("names a port that is taken", async () => {
  const { url } = await serve();
  const port = Number(new URL(url).port);
  await expect(serveLive({ path, page: async () => "", port })).rejects.toThrow(
    `port ${port} of 127.0.0.1: it is taken\n  hint: name another one with --port`,
  );
});
