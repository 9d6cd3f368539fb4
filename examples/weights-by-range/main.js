// Weights in a safetensors file: written with a note, then one layer of many read without the rest of the file.
//
//   node examples/weights-by-range/main.js
import { mkdtemp, open, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encode, openRanged } from "@tessera/safetensors";

const folder = await mkdtemp(join(tmpdir(), "tessera-weights-"));
const path = join(folder, "model.safetensors");

const layers = Array.from({ length: 8 }, (_, layer) => [
  `layer${layer}.weight`,
  { dtype: "F32", shape: [64, 64], data: new Float32Array(64 * 64).fill(layer) },
]);
await writeFile(path, encode(Object.fromEntries(layers), { epoch: "3" }));

const { size } = await stat(path);
const file = await open(path);
let bytesRead = 0;
const reader = await openRanged(async (offset, length) => {
  const { buffer, bytesRead: count } = await file.read(new Uint8Array(length), 0, length, offset);
  bytesRead += count;
  return buffer;
}, size);
const { data, shape } = await reader.read("layer5.weight");
await file.close();
await rm(folder, { recursive: true });

console.log(`${reader.header.tensors.size} tensors, written in epoch ${reader.header.metadata.get("epoch")}`);
console.log(`layer5.weight [${shape}]: all ${new Set(data).size === 1 ? data[0] : "sorts of values"}`);
console.log(`read ${bytesRead} of ${size} bytes`);
