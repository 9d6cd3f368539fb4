import { formatSummary, summarize } from "@tessera/nn";
import { openDevice } from "@tessera/tensor";
import { Command } from "commander";
import { allModels, modelArgument } from "../models.ts";
import { positiveInteger, positiveNumber } from "../options.ts";

interface SummaryOptions {
  readonly classes?: number;
  readonly width?: number;
  readonly expandNested?: boolean;
  readonly json?: boolean;
}

const examples = `
Examples:
  tessera summary cnn
  tessera summary cnn --classes 10 --json
  tessera summary resnet18 --expand-nested
  tessera summary resnet9 --width 0.5

Multiply-adds are those of convolutions, dense layers and attention in a forward pass of one image. Activation memory is
what the layers' outputs take in training, for one image in float32; layers that hand their input on take none.`;

/** `tessera summary <model>`: layers, shapes and parameters, as Keras prints them, and the cost of a forward pass. */
export function summaryCommand(): Command {
  return new Command("summary")
    .description("print a network's layers, output shapes, parameters, multiply-adds and activation memory")
    .addArgument(modelArgument(Object.keys(allModels)))
    .option(
      "--classes <n>",
      "number of classes (default: 100; 24 colours for colorize-*, 2 for deeplab)",
      positiveInteger,
    )
    .option("--width <factor>", "factor on every number of filters and units (default: 1)", positiveNumber)
    .option("--expand-nested", "rows for layers inside of layers, too")
    .option("--json", "as JSON")
    .addHelpText("after", examples)
    .action(summary);
}

async function summary(name: string, { classes, width, expandNested, json }: SummaryOptions): Promise<void> {
  const { create, input, classes: usual = 100 } = allModels[name as keyof typeof allModels];
  // Only to hold the weights for a moment.
  const device = await openDevice("cpu", { threads: 1 });
  try {
    const model = create({ classes: classes ?? usual, ...(width && { width }) });
    const result = summarize(model, input, { ...(expandNested && { expandNested }) });
    console.log(json ? JSON.stringify(result, null, 2) : formatSummary(result));
  } finally {
    await device.destroy();
  }
}
