/** @file The form: what it says, and which of its parts may be used when. */
import type { DeviceChoice } from "@tessera/tensor";
import { byId, make } from "./dom.ts";
import type { Network, Settings, Source } from "./messages.ts";

/** What the page is doing. */
export type Phase = "opening" | "ready" | "training" | "paused";

/** A set that the page's own server offers. */
interface Served {
  readonly name: string;
  readonly url: string;
}

/** Images that the built-in set has, to train on. */
const shapes = 4000;

/** The form's own state: which file was picked or dropped, and what the server offers. */
export class Controls {
  readonly #served: readonly Served[];
  #file: File | null = null;

  private constructor(served: readonly Served[]) {
    this.#served = served;
    const select = byId<HTMLSelectElement>("source");
    const options = served.map(({ name }, i) => make("option", { value: `served ${i}` }, `Real images: ${name}`));
    select.prepend(...options);
    select.selectedIndex = 0;
  }

  /** Asks the server what it offers: real images go first. A page on any other server has none. */
  static async create(): Promise<Controls> {
    const response = await fetch("sets.json").catch(() => null);
    return new Controls(response?.ok ? await response.json() : []);
  }

  /** A file that was picked or dropped. */
  useFile(file: File): void {
    this.#file = file;
    byId<HTMLSelectElement>("source").value = "file";
  }

  /** Where images are to come from; `null` while a file is still to be picked. */
  source(): Source | null {
    const { value } = byId<HTMLSelectElement>("source");
    byId("file-row").hidden = value !== "file";
    byId("source-hint").textContent = hints[value.split(" ")[0]!] ?? "";
    if (value === "shapes") return { kind: "shapes", count: shapes };
    if (value === "file") return this.#file && { kind: "file", file: this.#file };
    return { kind: "served", ...this.#served[Number(value.split(" ")[1])]! };
  }

  get images(): number {
    return byId<HTMLInputElement>("images").valueAsNumber;
  }

  get device(): DeviceChoice {
    return byId<HTMLSelectElement>("device").value as DeviceChoice;
  }

  settings(): Settings {
    const number = (id: string) => byId<HTMLInputElement>(id).valueAsNumber;
    const [name, width] = byId<HTMLSelectElement>("network").value.split(" ") as [Network["name"], string];
    return {
      device: this.device,
      network: { name, width: Number(width) },
      epochs: number("epochs"),
      batchSize: number("batch"),
      learningRate: number("rate"),
      seed: number("seed"),
      augment: byId<HTMLInputElement>("augment").checked,
      images: this.images,
    };
  }

  /** Lets through what can be done now. */
  show(phase: Phase, { hasImages, hasNetwork }: { readonly hasImages: boolean; readonly hasNetwork: boolean }): void {
    const idle = phase === "ready";
    const running = phase === "training" || phase === "paused";
    const enable = (id: string, enabled: boolean) => {
      byId<HTMLButtonElement>(id).disabled = !enabled;
    };
    for (const id of ["fields", "settings"]) enable(id, !running);
    enable("start", idle && hasImages);
    enable("pause", running);
    enable("stop", running);
    enable("weights", idle && hasImages);
    for (const id of ["save", "picture"]) enable(id, idle && hasNetwork);
    byId("pause").textContent = phase === "paused" ? "Resume" : "Pause";
    byId("status").className = `state ${phase}`;
  }
}

const hints: Readonly<Record<string, string>> = {
  shapes:
    "Eight kinds of shapes, drawn by a formula in this tab: up to 4000 to train on. Synthetic: easier than photographs.",
  file: "It is read here, and goes nowhere.",
  served: "Up to 400 images of each of ten classes to train on, from the archive beside the page's server.",
};
