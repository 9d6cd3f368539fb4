/** @file Adam's update of as many parameters as a network has. */
import { AdamWords, adamUpdate, defaultDevice, type TensorData, tensor, writeTensor } from "@tessera/tensor";
import { disposer, fill, type Kernel } from "./kernel.ts";
import { firstWrong } from "./oracle.ts";

const settings = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };
const learningRate = 1e-3;
const step = 3;

/** One update; the moments are those of a run that has begun. */
export function adamKernel(origin: string, count: number): Kernel {
  return {
    name: "adam",
    origin,
    shape: [count],
    flops: 0,
    bytes: 28 * count,
    prepare: () => {
      const [values, first, gradients] = [fill(count, 13), fill(count, 14), fill(count, 15)];
      const second = fill(count, 16).map(Math.abs);
      const [parameters, firstMoment, secondMoment] = [tensor(values), tensor(first), tensor(second)];
      const gradient = tensor(gradients);
      const words = new AdamWords(defaultDevice());
      words.set(learningRate, settings, step);
      const check = ([found]: readonly TensorData[]) =>
        firstWrong("parameters", found!, count, 1, (i) => {
          const m = settings.beta1 * first[i]! + (1 - settings.beta1) * gradients[i]!;
          const v = settings.beta2 * second[i]! + (1 - settings.beta2) * gradients[i]! ** 2;
          const size = learningRate / (1 - settings.beta1 ** step);
          const root = Math.sqrt(v / (1 - settings.beta2 ** step)) + settings.epsilon;
          const around = Math.abs(values[i]!) + (size * (Math.abs(first[i]!) + Math.abs(gradients[i]!))) / root;
          return { value: values[i]! - (size * m) / root, magnitude: around, terms: 1 };
        });
      return {
        launch: () => {
          adamUpdate({ parameters, firstMoment, secondMoment }, gradient, { ...settings, words });
          return [];
        },
        reset: () => {
          writeTensor(parameters, values);
          writeTensor(firstMoment, first);
          writeTensor(secondMoment, second);
        },
        targets: [parameters],
        check,
        dispose: () => {
          words.dispose();
          disposer(parameters, firstMoment, secondMoment, gradient)();
        },
      };
    },
  };
}
