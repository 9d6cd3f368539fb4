import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { buildIndex } from "@tessera/tfrecord/node";
import { Command } from "commander";
import { countText, jsonText, namedFiles, ReadProgress } from "../../tfrecord-files.ts";

interface IndexOptions {
  readonly out?: string;
  readonly json?: boolean;
}

/** `tessera tfrecord index <files...>`. */
export function indexCommand(): Command {
  return new Command("index")
    .description("write <file>.idx beside uncompressed files: for random access, and for NVIDIA DALI")
    .argument("<files...>", "TFRecord files; a pattern in quotes is expanded, too")
    .option("--out <path>", "where to write the index of a single file")
    .option("--json", "as JSON")
    .addHelpText("after", examples)
    .action(index);
}

const examples = `
Examples:
  tessera tfrecord index data/train-*-of-00128
  tessera tfrecord index mnist.tfrecord --out idx/mnist.idx

A line a record, "<offset> <size>" in bytes, as DALI's tfrecord2idx writes it. Every checksum is checked on the way.`;

async function index(patterns: string[], { out, json }: IndexOptions, command: Command): Promise<void> {
  const files = await namedFiles(patterns);
  if (out !== undefined && files.length !== 1) {
    command.error(`error: option '--out <path>' needs a single file, got ${files.length}`);
  }
  if (out !== undefined) mkdirSync(dirname(out), { recursive: true });
  const progress = new ReadProgress("index", files);
  const written = [];
  try {
    for (const path of files) {
      const indexPath = out ?? `${path}.idx`;
      const { offsets } = await buildIndex(path, { indexPath, onProgress: progress.file(path) });
      progress.pause();
      written.push({ path, index: indexPath, records: offsets.length });
      if (!json) console.log(`${indexPath}: ${countText(offsets.length, "record")}`);
    }
  } finally {
    progress.stop();
  }
  if (json) console.log(jsonText(written));
}
