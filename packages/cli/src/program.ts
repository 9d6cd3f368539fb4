import { Command } from "commander";
import packageJson from "../package.json" with { type: "json" };
import { demoCommand } from "./commands/demo.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { downloadCommand } from "./commands/download.ts";
import { evaluateCommand } from "./commands/evaluate.ts";
import { exportCommand } from "./commands/export.ts";
import { extractCommand } from "./commands/extract.ts";
import { importCommand } from "./commands/import.ts";
import { inspectCommand } from "./commands/inspect.ts";
import { labelMapCommand } from "./commands/label-map.ts";
import { meanRgbCommand } from "./commands/mean-rgb.ts";
import { predictCommand } from "./commands/predict.ts";
import { prepareCommand } from "./commands/prepare.ts";
import { preprocessCommand } from "./commands/preprocess.ts";
import { recipeCommand } from "./commands/recipe.ts";
import { reportCommand } from "./commands/report.ts";
import { runsCommand } from "./commands/runs.ts";
import { summaryCommand } from "./commands/summary.ts";
import { tfrecordCommand } from "./commands/tfrecord.ts";
import { trainCommand } from "./commands/train.ts";
import { watchCommand } from "./commands/watch.ts";
import { applyGrammar } from "./grammar.ts";

/** The whole command line, ready to parse. */
export function createProgram(): Command {
  const program = new Command("tessera")
    .description("Train image classifiers on WebGPU or on the processor, from raw archives, without Python.")
    .version(packageJson.version)
    .addCommand(demoCommand())
    .addCommand(downloadCommand())
    .addCommand(extractCommand())
    .addCommand(inspectCommand())
    .addCommand(prepareCommand())
    .addCommand(labelMapCommand())
    .addCommand(meanRgbCommand())
    .addCommand(preprocessCommand())
    .addCommand(recipeCommand())
    .addCommand(summaryCommand())
    .addCommand(trainCommand())
    .addCommand(evaluateCommand())
    .addCommand(predictCommand())
    .addCommand(reportCommand())
    .addCommand(watchCommand())
    .addCommand(runsCommand())
    .addCommand(exportCommand())
    .addCommand(importCommand())
    .addCommand(tfrecordCommand())
    .addCommand(doctorCommand())
    .addHelpText(
      "after",
      "\nExamples:\n  tessera demo\n  tessera download cifar100\n  tessera train cnn --data data/cifar-100-python.tar.gz",
    );

  applyGrammar(program);
  return program;
}
