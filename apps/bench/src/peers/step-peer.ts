/** @file Engines that take training steps of the small CNN beside ours, from the same weights and images. */
import type { Device } from "@tessera/tensor";
import { ChildPeer, type Greeting, pythons } from "./child-peer.ts";

/** How to start an engine. */
interface Engine {
  readonly name: string;
  readonly commands: readonly string[];
  readonly script: string;
  readonly args: readonly string[];
}

/** What an engine computed before its first step, with nothing dropped. */
interface FirstResult extends Greeting {
  readonly loss: number;
}

/** Seconds. Where a step takes longer, there are two in all, of which the first compiles. */
const slowStep = 5;

/** Engines that run where the device does: on the same adapter, or on the same cores. */
export function enginesFor(kind: Device["kind"]): Engine[] {
  const node = { commands: [process.execPath] };
  const tfjs = (backend: string) => ({ ...node, name: `tfjs-${backend}`, script: "tfjs-cnn.mjs", args: [backend] });
  if (kind === "webgpu") return [tfjs("webgpu")];
  return [
    { name: "pytorch", commands: pythons, script: "pytorch_cnn.py", args: [] },
    tfjs("wasm"),
    tfjs("cpu"),
    { ...node, name: "jax-js", script: "jax-cnn.mjs", args: [] },
  ];
}

/** Seconds of our own steps beside a peer's, round by round. */
export interface Turn {
  readonly ours: number;
  readonly theirs: number;
}

/** A running engine, its first loss having been found equal. */
export class StepPeer {
  readonly name: string;
  readonly version: string;
  readonly turns: Turn[] = [];
  #peer: ChildPeer<FirstResult> | null;
  readonly #limit: number;

  private constructor(name: string, peer: ChildPeer<FirstResult>, limit: number) {
    this.name = name;
    this.version = peer.greeting.version;
    this.#peer = peer;
    this.#limit = limit;
  }

  /**
   * Starts an engine, or gives the reason why it is left out: it is not there, does not do the job, or has another loss.
   *
   * @param file the weights and a batch, as `writeWorkload` wrote them
   * @param loss ours, from the same file
   * @param seconds the most that it may take to start, and for a round
   */
  static async start(
    engine: Engine,
    file: string,
    threads: number,
    loss: number,
    seconds: number,
  ): Promise<StepPeer | string> {
    const args = [...engine.args, file, threads];
    const peer = await ChildPeer.start<FirstResult>(engine.commands, engine.script, args, seconds);
    if (typeof peer === "string") return peer;
    const theirs = peer.greeting.loss;
    // Two ways to sum some thousand products in each of ten layers: see steps/verify.ts.
    if (Math.abs(theirs - loss) <= 1e-4 * Math.abs(loss)) return new StepPeer(engine.name, peer, seconds);
    peer.stop();
    return `its first loss is ${theirs}, ours ${loss}: it does not compute the same`;
  }

  /** Takes a turn after ours: as many steps as ours, or one where steps are slow, and at first. Gives the reason where it fails. */
  async turn(ours: number, steps: number): Promise<string | null> {
    if (!this.#peer) return null;
    try {
      const count = this.turns.length === 0 || this.turns.at(-1)!.theirs > slowStep ? 1 : steps;
      const seconds = await this.#peer.ask<number[]>(String(count), this.#limit);
      const theirs = seconds.reduce((sum, each) => sum + each, 0) / seconds.length;
      this.turns.push({ ours, theirs });
      if (theirs > slowStep && this.turns.length > 1) this.stop();
      return null;
    } catch (error) {
      this.#peer = null;
      return (error as Error).message;
    }
  }

  stop(): void {
    this.#peer?.stop();
    this.#peer = null;
  }
}
