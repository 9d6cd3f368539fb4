import { Command } from "commander";
import { headCommand } from "./tfrecord/head.ts";
import { indexCommand } from "./tfrecord/index-files.ts";
import { inspectRecordsCommand } from "./tfrecord/inspect.ts";
import { verifyCommand } from "./tfrecord/verify.ts";

/** `tessera tfrecord <command>`: TFRecord files. */
export function tfrecordCommand(): Command {
  return new Command("tfrecord")
    .description("look into TFRecord files, check every checksum, index them")
    .addCommand(verifyCommand())
    .addCommand(inspectRecordsCommand())
    .addCommand(headCommand())
    .addCommand(indexCommand())
    .addHelpText("after", examples);
}

const examples = `
Examples:
  tessera tfrecord verify data/train-*-of-00128
  tessera tfrecord inspect data/val-0.tfrecord
  tessera tfrecord head -n 3 data/val-0.tfrecord
  tessera tfrecord index data/val-*.tfrecord

gzip and zlib are told by the files' contents, whatever their names.`;
