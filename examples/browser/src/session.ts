/** @file What the worker holds between requests: images, a device, and a network on it. */
import { adam, loadWeights, type Module, type Optimizer, saveWeights } from "@tessera/nn";
import type { Device, DeviceChoice } from "@tessera/tensor";
import { Gate } from "./gate.ts";
import { type Images, openImages } from "./image-source.ts";
import type { Network, News, Request, SetFacts, Settings } from "./messages.ts";
import { openChosen } from "./open-device.ts";
import { buildNetwork, gallery, type Learner, lookAt, measure, sharesOf, train } from "./training.ts";
import { readNote, type WeightsNote, writeNote } from "./weights-note.ts";

/** A network, and what its file of weights says of it. */
interface Trained {
  readonly model: Module;
  readonly optimizer: Optimizer | null;
  readonly note: WeightsNote;
}

/** Carries out what the page asks for. */
export class Session {
  readonly #tell: (news: News) => void;
  #images: Images | null = null;
  #device: Device | null = null;
  #trained: Trained | null = null;
  #gate = new Gate();

  constructor(tell: (news: News) => void) {
    this.#tell = tell;
  }

  /** Whether there is a network to look with, to measure and to save. */
  get hasNetwork(): boolean {
    return this.#trained !== null;
  }

  async open({ serial, source, images: most }: Extract<Request, { type: "open" }>): Promise<void> {
    this.#images = await openImages(source, most, (text) => this.#tell({ type: "progress", text }));
    this.#tell({ type: "set", serial, facts: factsOf(this.#images) });
  }

  /** Before a training is begun: a pause or a stop from now on is meant for it. */
  renewGate(): void {
    this.#gate = new Gate();
  }

  async train(settings: Settings): Promise<void> {
    const images = this.#opened();
    await this.#openDevice(settings.device);
    this.#gate.restartClock();
    try {
      const learner = this.#begin(settings.network, images, settings);
      const finished = await train(learner, images, settings, this.#gate, {
        steps: (news) => this.#tell({ type: "steps", news }),
        epoch: (result, guesses) => this.#tell({ type: "epoch", result, guesses }),
      });
      this.#tell({ type: "trained", stopped: !finished, ...(await this.#look(images)) });
    } catch (error) {
      // The device may be lost, and the network with it: the next training opens another.
      this.#trained = null;
      throw error;
    }
  }

  pause(): void {
    this.#gate.pause();
    this.#tell({ type: "paused" });
  }

  resume(): void {
    this.#gate.resume();
  }

  stop(): void {
    this.#gate.stop();
  }

  async save(): Promise<void> {
    const { model, note } = this.#network();
    const bytes = (await saveWeights(model, writeNote(note))) as Uint8Array<ArrayBuffer>;
    this.#tell({ type: "weights", bytes });
  }

  /** A network from its file; images are needed, because it is measured on them. */
  async load(file: File, choice: DeviceChoice): Promise<void> {
    const images = this.#opened();
    const bytes = new Uint8Array(await file.arrayBuffer());
    const note = readNote(bytes, file.name);
    const [, height, width] = images.train.shape;
    if (note.classNames.join() !== images.classNames.join() || note.size.join() !== [height, width].join()) {
      throw new Error(
        `${file.name}: expected a network for the classes of ${images.name} and images of ${height} × ${width}, ` +
          `found one for ${note.classNames.slice(0, 3).join(", ")} … and ${note.size.join(" × ")}`,
      );
    }
    if (!this.#device) await this.#openDevice(choice);
    const model = buildNetwork(note.network, note.classNames.length, note.size, 0);
    try {
      loadWeights(model, bytes);
    } catch (error) {
      model.dispose();
      throw error;
    }
    this.#forget();
    this.#trained = { model, optimizer: null, note };
    this.#tell({ type: "loaded", name: file.name, ...(await this.#look(images)) });
  }

  /** How sure the network is of each class for one image of its size. */
  async classify(pixels: Uint8Array): Promise<void> {
    const { model, note } = this.#network();
    const probabilities = await sharesOf(model, { images: pixels, shape: [1, ...note.size, 3] });
    this.#tell({ type: "classified", probabilities, classNames: note.classNames });
  }

  #opened(): Images {
    if (this.#images) return this.#images;
    throw new Error("there are no images yet: choose some");
  }

  #network(): Trained {
    if (this.#trained) return this.#trained;
    throw new Error("there is no network yet: train one, or load its weights");
  }

  /** A new device for every training: the last one may be lost, or not what is wanted now. */
  async #openDevice(choice: DeviceChoice): Promise<void> {
    this.#trained = null;
    const old = this.#device;
    this.#device = null;
    await old?.destroy();
    const { device, note } = await openChosen(choice);
    this.#device = device;
    this.#tell({ type: "device", description: device.description, note });
  }

  #begin(network: Network, images: Images, { seed, learningRate }: Settings): Learner {
    const [, height, width] = images.train.shape;
    const { classNames } = images;
    const model = buildNetwork(network, classNames.length, [height, width], seed);
    const optimizer = adam(model.parameters(), { learningRate });
    this.#trained = { model, optimizer, note: { network, classNames, size: [height, width] } };
    return { model, optimizer };
  }

  async #look(images: Images) {
    const { model } = this.#network();
    return { measured: await measure(model, images), guesses: await lookAt(model, gallery(images)) };
  }

  #forget(): void {
    this.#trained?.optimizer?.dispose();
    this.#trained?.model.dispose();
    this.#trained = null;
  }
}

function factsOf(images: Images): SetFacts {
  const { name, classNames, train, validation } = images;
  const [count, height, width] = train.shape;
  return {
    ...{ name, classNames, train: count, validation: validation.shape[0] },
    size: [height, width],
    gallery: gallery(images),
  };
}
