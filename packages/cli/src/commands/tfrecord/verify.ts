import { orderShards, type RecordLoss } from "@tessera/tfrecord";
import { type VerifiedFile, verifyTfRecord } from "@tessera/tfrecord/node";
import { Command } from "commander";
import { positiveInteger } from "../../options.ts";
import { reportError } from "../../report-error.ts";
import { compressionText, countText, jsonText, namedFiles, ReadProgress } from "../../tfrecord-files.ts";

interface VerifyOptions {
  readonly recover?: boolean;
  readonly allowGaps?: boolean;
  readonly maxRecordBytes?: number;
  readonly json?: boolean;
}

/** `tessera tfrecord verify <files...>`. */
export function verifyCommand(): Command {
  return new Command("verify")
    .description("read whole files, check every checksum, and count")
    .argument("<files...>", "TFRecord files; a pattern in quotes is expanded, too")
    .option("--recover", "go on behind damage, and list what is lost")
    .option("--allow-gaps", "files that are missing from a numbered set are no fault")
    .option("--max-record-bytes <n>", "the longest record to accept (default: 268435456)", positiveInteger)
    .option("--json", "as JSON")
    .addHelpText("after", examples)
    .action(verify);
}

const examples = `
Examples:
  tessera tfrecord verify mnist.tfrecord
  tessera tfrecord verify data/train-*-of-00128 --json
  tessera tfrecord verify damaged.tfrecord --recover

Every file is looked at. The exit code is 1 when one of them is not as it was written; the line on standard error names
file, record and byte. With --recover reading goes on at the next record whose checksums hold.`;

/** A file as `--json` has it. */
interface Result extends Partial<VerifiedFile> {
  readonly path: string;
  readonly ok: boolean;
  readonly error?: string;
  readonly losses?: readonly RecordLoss[];
}

async function verify(patterns: string[], options: VerifyOptions): Promise<void> {
  const files = await namedFiles(patterns);
  const progress = new ReadProgress("verify", files);
  const results: Result[] = [];
  for (const path of files) {
    const result = await verifyOne(path, options, progress);
    progress.pause();
    results.push(result);
    if (!result.ok) process.exitCode = 1;
    if (result.error !== undefined) reportError(result.error);
    else if (!options.json) console.log(resultText(result as VerifiedFile & Result));
  }
  progress.stop();
  if (options.json) console.log(jsonText(results));
  else if (files.length > 1) console.log(totalText(results));
  // One file is looked at for itself; several are a set, from which none may be missing.
  if (files.length > 1 && !options.allowGaps) reportGaps(files);
}

function reportGaps(files: readonly string[]): void {
  try {
    orderShards(files);
  } catch (error) {
    process.exitCode = 1;
    reportError(error);
  }
}

async function verifyOne(path: string, options: VerifyOptions, progress: ReadProgress): Promise<Result> {
  const losses: RecordLoss[] = [];
  const onLoss = (loss: RecordLoss) => {
    progress.pause();
    losses.push(loss);
    reportError(lossText(loss));
  };
  try {
    const { maxRecordBytes } = options;
    const recovery = options.recover ? { onLoss } : {};
    const file = await verifyTfRecord(path, { maxRecordBytes, ...recovery, onProgress: progress.file(path) });
    return { ...file, ok: losses.length === 0, ...(options.recover ? { losses } : {}) };
  } catch (error) {
    return { path, ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}

function lossText({ source, record, offset, end, estimatedRecords, reason }: RecordLoss): string {
  const bytes = end === null ? `everything from byte ${offset} on` : `bytes ${offset} to ${end - 1}`;
  return `${source}: lost ${bytes}, about ${countText(estimatedRecords, "record")} from record ${record}: ${reason}`;
}

function resultText({ path, records, bytes, dataBytes, compression, losses = [] }: VerifiedFile & Result): string {
  const facts = `${countText(records, "record")}, ${bytes} bytes, ${dataBytes} of data, ${compressionText(compression)}`;
  if (losses.length === 0) return `${path}: ${facts}; every checksum holds`;
  const lost = losses.reduce((sum, { estimatedRecords }) => sum + estimatedRecords, 0);
  return `${path}: ${facts}; ${countText(losses.length, "damage")}, about ${countText(lost, "record")} lost`;
}

function totalText(results: readonly Result[]): string {
  const sum = (key: "records" | "bytes") => results.reduce((total, each) => total + (each[key] ?? 0), 0);
  const bad = results.filter(({ ok }) => !ok).length;
  const verdict = bad === 0 ? "all whole" : `${bad} damaged`;
  return `${countText(results.length, "file")}: ${countText(sum("records"), "record")}, ${sum("bytes")} bytes; ${verdict}`;
}
