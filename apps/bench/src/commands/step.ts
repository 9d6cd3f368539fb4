/** @file `bench step`: training steps of whole networks, beside other engines in the same run. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Device } from "@tessera/tensor";
import { enginesFor, StepPeer } from "../peers/step-peer.ts";
import { type BenchRecord, type PeerFigures, spreadOf } from "../report/record.ts";
import { networks } from "../steps/networks.ts";
import { stepParts } from "../steps/parts.ts";
import { Trainer, writePeerWorkload } from "../steps/trainer.ts";
import { stepReference, verifyStep } from "../steps/verify.ts";
import { type BenchOptions, threadsOf, timingOf } from "./options.ts";
import type { Findings } from "./session.ts";

/** Steps before the first round: kernels are compiled and memory is taken. */
const warmUpSteps = 2;

/** A record for each network that is asked for; only the small CNN has peers. */
export async function* stepRecords(
  device: Device,
  options: BenchOptions,
  findings: Findings,
): AsyncGenerator<BenchRecord> {
  for (const network of options.networks.filter((name) => name in networks)) {
    yield await measureStep(device, network, options, findings);
    if (network === "cnn" && device.kind === "cpu") {
      findings.parts.push(...(await stepParts(device, options.batchSize, timingOf(options))));
    }
  }
}

async function measureStep(
  device: Device,
  network: string,
  options: BenchOptions,
  findings: Findings,
): Promise<BenchRecord> {
  const base = {
    benchmark: `step/${network}`,
    device: device.kind,
    adapter: device.description,
    shape: [options.batchSize, 32, 32, 3],
    gigabytesPerSecond: null,
    shareOfPeak: null,
    verified: stepReference,
  };
  try {
    const wrong = await verifyStep(device, network);
    if (wrong) throw new Error(wrong);
    const { rounds, flops, peers } = await timeSteps(device, network, options, findings);
    const milliseconds = spreadOf(rounds);
    const gflops = flops / milliseconds.median / 1e6;
    const imagesPerSecond = (options.batchSize * 1000) / milliseconds.median;
    const figures = Object.fromEntries(peers.map((peer) => [peer.name, figuresOf(peer, options.batchSize)]));
    return { ...base, milliseconds, gflops, imagesPerSecond, peers: figures, wrong: null };
  } catch (error) {
    const nothing = { milliseconds: null, gflops: null, imagesPerSecond: null, peers: {} };
    return { ...base, ...nothing, wrong: (error as Error).message };
  }
}

/** Round by round in turns, so that all meet the same moods of the machine. */
async function timeSteps(device: Device, network: string, options: BenchOptions, findings: Findings) {
  const peers = network === "cnn" && options.peers ? await startPeers(device, options, findings) : [];
  const trainer = new Trainer(network, options.batchSize);
  try {
    const flops = trainer.flops();
    const { steps, count } = roundsOf(network, options);
    await trainer.round(Math.min(warmUpSteps, steps));
    const rounds: number[] = [];
    for (let i = 0; i < count; i++) {
      const milliseconds = await trainer.round(steps);
      rounds.push(milliseconds);
      for (const peer of peers) {
        const failure = await peer.turn(milliseconds / 1000, steps);
        if (failure) findings.absent[peer.name] = failure;
      }
    }
    return { rounds, flops, peers: peers.filter(({ turns }) => turns.length > 0) };
  } finally {
    trainer.dispose();
    for (const peer of peers) peer.stop();
  }
}

/** How many rounds of how many steps; a large network's steps are few. */
function roundsOf(network: string, { quick, steps, rounds }: BenchOptions): { steps: number; count: number } {
  const small = network === "cnn";
  if (quick) return { steps: steps ?? (small ? 5 : 1), count: rounds ?? (small ? 3 : 2) };
  return { steps: steps ?? (small ? 10 : 1), count: rounds ?? (small ? 7 : 3) };
}

/** The engines that are there and find the same first loss. */
async function startPeers(device: Device, options: BenchOptions, findings: Findings): Promise<StepPeer[]> {
  const folder = mkdtempSync(join(tmpdir(), "tessera-bench-"));
  try {
    const file = join(folder, "workload.safetensors");
    const loss = await writePeerWorkload("cnn", options.batchSize, file);
    const peers: StepPeer[] = [];
    for (const engine of enginesFor(device.kind)) {
      console.error(`starting ${engine.name}: first loss, at most ${options.peerSeconds} s`);
      const peer = await StepPeer.start(engine, file, threadsOf(options), loss, options.peerSeconds);
      if (typeof peer === "string") {
        findings.absent[engine.name] = peer;
        console.error(`${engine.name} is left out: ${peer}`);
      } else peers.push(peer);
    }
    return peers;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The first turn warmed the peer up, unless it is so slow that there is no other. */
function figuresOf({ turns, version }: StepPeer, batch: number): PeerFigures {
  const counted = turns.length > 1 ? turns.slice(1) : turns;
  return {
    imagesPerSecond: batch / spreadOf(counted.map(({ theirs }) => theirs)).median,
    ratio: spreadOf(counted.map(({ ours, theirs }) => theirs / ours)).median,
    version,
  };
}
