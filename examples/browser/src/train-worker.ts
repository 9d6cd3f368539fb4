/** @file The worker: trains, so that the page's own thread stays free for whoever looks at it. */
import type { News, Request } from "./messages.ts";
import { Session } from "./session.ts";

const tell = (news: News) => postMessage(news);
const session = new Session(tell);

/** Requests that wait for each other; those that steer a training do not wait for its end. */
let last: Promise<void> = Promise.resolve();

function carryOut(request: Request): void | Promise<void> {
  switch (request.type) {
    case "open":
      return session.open(request);
    case "train":
      return session.train(request.settings);
    case "save":
      return session.save();
    case "load":
      return session.load(request.file, request.device);
    case "classify":
      return session.classify(request.pixels);
    case "pause":
      return session.pause();
    case "resume":
      return session.resume();
    case "stop":
      return session.stop();
  }
}

async function attempt(request: Request): Promise<void> {
  try {
    await carryOut(request);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const serial = request.type === "open" ? request.serial : null;
    tell({ type: "failed", message, hasNetwork: session.hasNetwork, request: request.type, serial });
  }
}

addEventListener("message", ({ data }: MessageEvent<Request>) => {
  if (data.type === "train") session.renewGate();
  if (data.type === "pause" || data.type === "resume" || data.type === "stop") void attempt(data);
  else last = last.then(() => attempt(data));
});
