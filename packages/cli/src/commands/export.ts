import { writeFileSync } from "node:fs";
import { type Sequential, saveWeights } from "@tessera/nn";
import { Command, Option } from "commander";
import { allModels } from "../models.ts";
import type { RunConfig, Weights } from "../run-folder.ts";
import { withSavedRun } from "../saved-run.ts";
import { say } from "../voice.ts";

interface ExportOptions {
  readonly format: Format;
  readonly out?: string;
  readonly weights?: Weights;
  readonly layout: "nhwc" | "nchw";
  readonly pixels?: boolean;
  readonly softmax?: boolean;
  readonly half?: boolean;
  readonly json?: boolean;
}

type Write = (model: Sequential, config: RunConfig, options: ExportOptions) => Promise<Uint8Array>;

/** What is written, by format. */
const formats = {
  onnx: async (model, config, { layout, softmax = false, pixels }) => {
    const { exportOnnx } = await import("@tessera/nn/onnx");
    const { data, model: chosen } = config.recipe;
    const { mean, deviation } = data;
    const metadata = { model: chosen.name, mean: JSON.stringify(mean), deviation: JSON.stringify(deviation) };
    const scale = pixels ? { pixels: { mean, deviation } } : {};
    const { input } = allModels[chosen.name];
    return exportOnnx(model, { input, layout, softmax, classes: config.classNames, metadata, ...scale });
  },
  keras: async (model, { recipe }) => {
    const { saveKeras } = await import("@tessera/nn/keras");
    return saveKeras(model, { input: allModels[recipe.model.name].input });
  },
  h5: async (model, { recipe }) => {
    const { saveKerasH5 } = await import("@tessera/nn/keras");
    return saveKerasH5(model, { input: allModels[recipe.model.name].input });
  },
  safetensors: (model, config, { half }) => {
    const metadata = { model: config.recipe.model.name, classes: JSON.stringify(config.classNames) };
    return saveWeights(model, metadata, { dtype: half ? "F16" : "F32" });
  },
} as const satisfies Readonly<Record<string, Write>>;

type Format = keyof typeof formats;

/** `tessera export <run> --format <format>`: a run's weights for other programs. */
export function exportCommand(): Command {
  return new Command("export")
    .description("write a run's network for other programs: ONNX, Keras, safetensors")
    .argument("<run>", "folder that tessera train wrote")
    .addOption(new Option("--format <format>", "what to write").choices(Object.keys(formats)).makeOptionMandatory())
    .option("--out <file>", "where to (default: <model>.<format>)")
    .addOption(
      new Option(
        "--weights <which>",
        "those of the best epoch, or the last (default: best where there are any)",
      ).choices(["best", "last"]),
    )
    .addOption(new Option("--layout <axes>", "of an ONNX graph's input").choices(["nhwc", "nchw"]).default("nhwc"))
    .option("--pixels", "have an ONNX graph scale pixels itself: it then takes 0 … 255, as float32")
    .option("--softmax", "have an ONNX graph give probabilities instead of logits")
    .option("--half", "safetensors of float16")
    .option("--json", "what was written as JSON; everything else goes to standard error")
    .addHelpText("after", examples)
    .action(run);
}

const examples = `
keras is Keras 3's .keras, h5 the older file, which Keras 2 reads too; both hold configuration and weights.

Examples:
  tessera export runs/first --format onnx --pixels --softmax --out cnn.onnx
  tessera export runs/first --format keras
  tessera export runs/first --format safetensors --half --weights last`;

function run(path: string, options: ExportOptions): Promise<void> {
  // Only to hold the weights for a moment.
  const device = { device: "cpu", threads: 1 } as const;
  const chosen = options.weights ? { ...device, weights: options.weights } : device;
  return withSavedRun(path, chosen, async ({ model, config, weights, preprocessor }) => {
    const write: Write = formats[options.format];
    const bytes = await write(model, config, options);
    const out = options.out ?? `${config.recipe.model.name}.${options.format}`;
    writeFileSync(out, bytes);
    say(`${out}: ${weights} weights of ${path}, ${(bytes.length / 1e6).toFixed(2)} MB`);
    if (options.json) console.log(JSON.stringify({ file: out, run: path, weights, bytes: bytes.length }, null, 2));
    if (!preprocessor) return;
    console.error("the run was trained on a prepared set: what made its pixels is not in the file");
  });
}
