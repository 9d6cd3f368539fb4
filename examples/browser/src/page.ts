/** @file The page: hands requests to the worker, and shows what it tells. */
import { showConfusion } from "./confusion.ts";
import { Controls, type Phase } from "./controls.ts";
import { Curves } from "./curves.ts";
import { byId, duration, offerFile, percent } from "./dom.ts";
import { showGallery, showGuesses } from "./gallery.ts";
import type { News, Request, SetFacts, Settings } from "./messages.ts";
import { showShares } from "./own-picture.ts";
import { drawImage, readPicture } from "./pictures.ts";

/** The page's state, and what each piece of news does to it. */
class Page {
  readonly #worker = new Worker(new URL("./train-worker.js", import.meta.url), { type: "module" });
  readonly #controls: Controls;
  #phase: Phase = "opening";
  #facts: SetFacts | null = null;
  #settings: Settings | null = null;
  #curves: Curves | null = null;
  #hasNetwork = false;
  /** Height and width of what the network was trained on. */
  #networkSize: SetFacts["size"] | null = null;
  /** A set that the worker has, though another was asked for meanwhile: it stays there if that one fails. */
  #superseded: SetFacts | null = null;
  #device = "";
  /** The last set that was asked for: what is said of those before it no longer matters. */
  #opened = 0;

  constructor(controls: Controls) {
    this.#controls = controls;
    this.#worker.addEventListener("message", ({ data }: MessageEvent<News>) => this.#hear(data));
    this.#worker.addEventListener("error", ({ message }) => this.#fail(`the worker did not start: ${message}`));
    // Empty charts, where the curves will be.
    new Curves(controls.settings());
    this.openSource();
  }

  #ask(request: Request): void {
    this.#worker.postMessage(request);
  }

  /** Opens the set that the form names. */
  openSource(): void {
    const source = this.#controls.source();
    if (!source || !byId<HTMLInputElement>("images").reportValidity()) return;
    this.#clearError();
    this.#enter("opening", "Getting the images …");
    this.#ask({ type: "open", serial: ++this.#opened, source, images: this.#controls.images });
  }

  start(): void {
    this.#clearError();
    const settings = this.#controls.settings();
    this.#settings = settings;
    this.#curves = new Curves(settings);
    this.#hasNetwork = false;
    byId("results").hidden = true;
    byId("own").hidden = true;
    byId<HTMLProgressElement>("progress").value = 0;
    for (const id of ["fact-epoch", "fact-accuracy", "fact-rate", "fact-left"]) byId(id).textContent = "–";
    this.#enter("training", "Opening the device …");
    this.#ask({ type: "train", settings });
  }

  pauseOrResume(): void {
    if (this.#phase === "paused") {
      this.#ask({ type: "resume" });
      this.#enter("training", "Training.");
    } else this.#ask({ type: "pause" });
  }

  stop(): void {
    byId("status").textContent = "Stopping after the step in progress …";
    this.#ask({ type: "stop" });
  }

  save(): void {
    this.#ask({ type: "save" });
  }

  saveCurves(): void {
    const { history, losses, accuracies } = this.#curves ?? { history: [], losses: [], accuracies: [] };
    const curves = { settings: this.#settings, device: this.#device, history, steps: { losses, accuracies } };
    offerFile("curves.json", `${JSON.stringify(curves, null, 1)}\n`);
  }

  /** A file that was picked or dropped: weights, a picture, or a set. */
  takeFile(file: File): void {
    if (this.#phase !== "ready" && this.#phase !== "opening") {
      this.#complain(`${file.name}: training is under way: stop it first`);
      return;
    }
    this.#clearError();
    if (file.name.endsWith(".safetensors")) this.#load(file);
    else if (file.type.startsWith("image/")) void this.#tryPicture(file);
    else {
      this.#controls.useFile(file);
      this.openSource();
    }
  }

  #load(file: File): void {
    this.#enter("opening", `Loading ${file.name} …`);
    this.#ask({ type: "load", file, device: this.#controls.device });
  }

  async #tryPicture(file: File): Promise<void> {
    if (!this.#networkSize || !this.#hasNetwork)
      return this.#complain(`${file.name}: train a network first, or load its weights`);
    try {
      const pixels = await readPicture(file, this.#networkSize);
      drawImage(byId<HTMLCanvasElement>("own-picture"), pixels, this.#networkSize);
      this.#ask({ type: "classify", pixels });
    } catch (error) {
      this.#complain(error instanceof Error ? error.message : String(error));
    }
  }

  /** What is done about each kind of news. */
  readonly #hearing: { readonly [Kind in News["type"]]: (news: Extract<News, { type: Kind }>) => void } = {
    progress: ({ text }) => this.#say(text),
    set: ({ facts, serial }) => {
      this.#superseded = serial === this.#opened ? null : facts;
      if (!this.#superseded) this.#showSet(facts);
    },
    device: ({ description, note }) => this.#showDevice(description, note),
    steps: ({ news }) => this.#showSteps(news),
    paused: () => {
      if (this.#phase === "training") this.#enter("paused", "Paused.");
    },
    epoch: (news) => this.#showEpoch(news),
    trained: (news) => this.#showMeasured(news, news.stopped ? "Stopped. The network is kept." : "Training is done."),
    loaded: (news) => this.#showMeasured(news, `${news.name} is loaded.`),
    weights: ({ bytes }) => offerFile("weights.safetensors", bytes),
    classified: ({ probabilities, classNames }) => showShares(probabilities, classNames),
    failed: ({ message, hasNetwork, request, serial }) => {
      this.#hasNetwork = hasNetwork;
      if (serial === this.#opened && this.#superseded) this.#showSet(this.#superseded);
      if (request === "train" || request === "load" || serial === this.#opened) this.#fail(message);
      else if (serial === null) this.#complain(message);
    },
  };

  #hear<Kind extends News["type"]>(news: Extract<News, { type: Kind }>): void {
    const hear: (news: Extract<News, { type: Kind }>) => void = this.#hearing[news.type as Kind];
    hear(news);
  }

  #showSet(facts: SetFacts): void {
    this.#facts = facts;
    const { name, train, validation, classNames, size } = facts;
    byId("set-facts").textContent =
      `${name}: ${classNames.length} classes, ${train} images to train on and ${validation} to validate, ` +
      `${size[0]} × ${size[1]} pixels. Under each image its true class, then the network's guess.`;
    showGallery(facts);
    this.#enter("ready", `Ready: ${name}.`);
  }

  #showDevice(description: string, note: string): void {
    this.#device = description;
    byId("fact-device").textContent = description;
    byId("device-note").textContent = note;
    byId("device-note").hidden = note === "";
    if (this.#phase === "training") this.#say("Preparing the first step …");
  }

  #showSteps(news: Extract<News, { type: "steps" }>["news"]): void {
    if (this.#phase === "training" && this.#curves?.losses.length === 0) this.#say("Training.");
    this.#curves?.addSteps(news);
    const steps = this.#curves?.losses.length ?? 0;
    const epochs = this.#settings?.epochs ?? 1;
    byId("fact-epoch").textContent = `${news.epoch} of ${epochs}`;
    byId("fact-rate").textContent = news.imagesPerSecond.toFixed(news.imagesPerSecond < 10 ? 1 : 0);
    byId("fact-left").textContent = duration(news.secondsLeft);
    byId<HTMLProgressElement>("progress").value = steps / (news.stepsPerEpoch * epochs);
  }

  #showEpoch({ result, guesses }: Extract<News, { type: "epoch" }>): void {
    this.#curves?.addEpoch(result);
    if (this.#facts) showGuesses(this.#facts, guesses);
    byId("fact-accuracy").textContent = percent(result.val_accuracy ?? Number.NaN);
    this.#say(`Epoch ${result.epoch} of ${this.#settings?.epochs} is done.`);
  }

  #showMeasured(news: Extract<News, { type: "trained" | "loaded" }>, text: string): void {
    this.#hasNetwork = true;
    this.#networkSize = this.#facts?.size ?? null;
    if (this.#facts) showGuesses(this.#facts, news.guesses);
    byId("fact-accuracy").textContent = percent(news.measured.accuracy);
    byId("fact-left").textContent = "–";
    showConfusion(news.measured);
    this.#enter("ready", text);
  }

  #enter(phase: Phase, text: string): void {
    this.#phase = phase;
    this.#controls.show(phase, { hasImages: this.#facts !== null, hasNetwork: this.#hasNetwork });
    byId<HTMLButtonElement>("save-curves").disabled = phase !== "ready" || !this.#curves;
    this.#say(text);
  }

  #say(text: string): void {
    byId("status").textContent = text;
  }

  #clearError(): void {
    this.#complain("");
  }

  #complain(message: string): void {
    byId("error").textContent = message;
  }

  /** Says what went wrong, of which nothing goes on. */
  #fail(message: string): void {
    this.#complain(message);
    if (this.#phase === "training" || this.#phase === "paused" || this.#phase === "opening") {
      this.#enter("ready", this.#facts ? `Ready: ${this.#facts.name}.` : "Choose a set.");
    }
  }
}

const page = new Page(await Controls.create());
byId("controls").addEventListener("submit", (event) => {
  event.preventDefault();
  page.start();
});
byId("pause").addEventListener("click", () => page.pauseOrResume());
byId("stop").addEventListener("click", () => page.stop());
byId("save").addEventListener("click", () => page.save());
byId("save-curves").addEventListener("click", () => page.saveCurves());
for (const id of ["source", "images"]) byId(id).addEventListener("change", () => page.openSource());
for (const id of ["file", "weights", "picture"]) {
  const input = byId<HTMLInputElement>(id);
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    if (file) page.takeFile(file);
    // So that the same file may be picked again.
    input.value = "";
  });
}
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  const file = event.dataTransfer?.files[0];
  if (file) page.takeFile(file);
});
