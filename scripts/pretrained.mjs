// Makes the pretrained network that comes with the command from a run's folder: weights of float16, with the run's
// configuration and its result on the test set in the header.
//   node scripts/pretrained.mjs runs/first [packages/cli/pretrained/cnn-cifar100.safetensors]
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { decode, encode, floatToHalf } from "@tessera/safetensors";

const place = fileURLToPath(new URL("../packages/cli/pretrained/cnn-cifar100.safetensors", import.meta.url));
const [run, out = place] = process.argv.slice(2);
if (run === undefined) {
  console.error("usage: node scripts/pretrained.mjs <run> [file]");
  process.exit(2);
}

const config = JSON.parse(readFileSync(join(run, "config.json"), "utf8"));
if (config.preprocessing) {
  console.error(`${run}: it was trained on a prepared set, whose preprocessing the file has no room for`);
  process.exit(1);
}
const which = existsSync(join(run, "best.safetensors")) ? "best" : "last";
const { tensors } = decode(readFileSync(join(run, `${which}.safetensors`)));
const halves = [...tensors].map(([name, { shape, data }]) => [name, { dtype: "F16", shape, data: floatToHalf(data) }]);
const lost = halves.find(([, { data }]) => data.some((bits) => (bits & 0x7c00) === 0x7c00));
if (lost) {
  console.error(`${run}: ${which}.safetensors: "${lost[0]}" holds a number that float16 does not reach`);
  process.exit(1);
}

// Where the data lay is this machine's own affair.
const { path: _, ...data } = config.recipe.data;
const described = { ...config, recipe: { ...config.recipe, data } };
const test = join(run, "test.json");
const result = existsSync(test) ? { result: readFileSync(test, "utf8") } : {};
const bytes = encode(new Map(halves), { config: JSON.stringify(described), ...result });
mkdirSync(dirname(out), { recursive: true });
writeFileSync(`${out}.partial`, bytes);
renameSync(`${out}.partial`, out);
console.log(`${out}: ${which} weights of ${run}, ${(bytes.length / 1e6).toFixed(2)} MB`);
