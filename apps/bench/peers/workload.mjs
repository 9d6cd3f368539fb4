// Reads what the bench hands to its peers: weights, images and labels of the small CNN, in a safetensors file.
import { readFileSync } from "node:fs";
import { decode } from "@tessera/safetensors";

/** The tensors by name, each `{ shape, data }`. */
export function readWorkload(file) {
  const { tensors } = decode(new Uint8Array(readFileSync(file)));
  return new Map([...tensors].map(([name, { shape, data }]) => [name, { shape: [...shape], data }]));
}

/** Answers lines of standard input, each a number of steps, with lines of JSON: the seconds of each step. */
export async function answerRounds(step) {
  const { createInterface } = await import("node:readline");
  for await (const line of createInterface(process.stdin)) {
    const seconds = [];
    for (let i = 0; i < Number(line); i++) {
      const start = performance.now();
      await step();
      seconds.push((performance.now() - start) / 1000);
    }
    console.log(JSON.stringify(seconds));
  }
}

/** Ends the process with one line on standard error. */
export function fail(error) {
  console.error(String(error?.message ?? error).split("\n")[0]);
  process.exit(1);
}
