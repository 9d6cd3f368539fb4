/** @file PyTorch as a peer. */
import { PythonPeer } from "./python-peer.ts";

/** A running PyTorch. */
export class PyTorch {
  readonly version: string;
  readonly #peer: PythonPeer;

  private constructor(peer: PythonPeer) {
    this.#peer = peer;
    this.version = peer.version;
  }

  /** Starts PyTorch, or gives the reason why it is not there. */
  static async start(batch: number, classes: number, threads: number): Promise<PyTorch | string> {
    const peer = await PythonPeer.start("pytorch_cnn.py", [batch, classes, threads]);
    return typeof peer === "string" ? peer : new PyTorch(peer);
  }

  /** Seconds of each of `steps` training steps. */
  round(steps: number): Promise<number[]> {
    return this.#peer.ask(String(steps));
  }

  stop(): void {
    this.#peer.stop();
  }
}
