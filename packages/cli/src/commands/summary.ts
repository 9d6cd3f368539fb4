import { formatSummary, summarize } from "@tessera/nn";
import { openDevice } from "@tessera/tensor";
import { Command } from "commander";
import { type ModelName, modelArgument, models } from "../models.ts";
import { positiveInteger } from "../options.ts";

interface SummaryOptions {
  readonly classes: number;
  readonly json?: boolean;
}

/** `tessera summary <model>`: layers, shapes and parameters, as Keras prints them. */
export function summaryCommand(): Command {
  return new Command("summary")
    .description("print a network's layers, output shapes and parameters")
    .addArgument(modelArgument())
    .option("--classes <n>", "number of classes", positiveInteger, 100)
    .option("--json", "as JSON")
    .addHelpText("after", "\nExamples:\n  tessera summary cnn\n  tessera summary cnn --classes 10 --json")
    .action(summary);
}

async function summary(name: ModelName, { classes, json }: SummaryOptions): Promise<void> {
  // Only to hold the weights for a moment.
  const device = await openDevice("cpu", { threads: 1 });
  const { create, input } = models[name];
  const result = summarize(create({ classes }), input);
  console.log(json ? JSON.stringify(result, null, 2) : formatSummary(result));
  await device.destroy();
}
