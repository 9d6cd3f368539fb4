import { readFileSync } from "node:fs";
import { makeLabelMap, writeLabelMap } from "@tessera/data/node";
import { Command } from "commander";
import { say } from "../voice.ts";

interface LabelMapCommandOptions {
  readonly out: string;
  readonly wnids?: string;
  readonly oneHot?: boolean;
  readonly json?: boolean;
}

/** `tessera label-map <folder>`: a number for each class folder. */
export function labelMapCommand(): Command {
  return new Command("label-map")
    .description("write a label map, JSON with a number for each class, from a folder of class folders")
    .argument("<folder>", "folder that holds a folder for each class, as ILSVRC/train")
    .requiredOption("-o, --out <file>", "JSON file to write")
    .option("--wnids <file>", "text with a WordNet id a line, in the order of the numbers (default: names, sorted)")
    .option("--one-hot", "one-hot arrays instead of numbers")
    .option("--json", "what was written as JSON; everything else goes to standard error")
    .addHelpText("after", examples)
    .action(run);
}

const examples = `
Examples:
  tessera label-map ILSVRC/train --out label_map.json
  tessera label-map ILSVRC/train --wnids LOC_synset_mapping.txt --out label_map.json

A line of --wnids is an id, perhaps its number (from 0 or 1), and its names: "n01440764 tench, Tinca tinca". Folders
bear ids or first names. What is not in the list, given twice, or a name of two classes (crane, maillot) is an error.`;

async function run(folder: string, { out, wnids, oneHot, json }: LabelMapCommandOptions): Promise<void> {
  const map = await makeLabelMap(folder, { oneHot, wnids: wnids === undefined ? undefined : readText(wnids) });
  await writeLabelMap(out, map);
  const classes = Object.keys(map).length;
  say(`${classes} classes in ${out}`);
  if (json) console.log(JSON.stringify({ file: out, classes }, null, 2));
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new Error(`${path}: cannot be read: ${(cause as NodeJS.ErrnoException).code}`, { cause });
  }
}
