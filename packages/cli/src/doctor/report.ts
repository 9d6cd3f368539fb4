/** @file The report as text, for a terminal of 80 columns. */
import type { CodecReport } from "@tessera/data";
import { type DeviceReport, type DevicesReport, formatGflops } from "./devices.ts";
import type { Machine } from "./machine.ts";

const columns = 80;

/** The heading, then a line a fact: its name in a column of its own, long facts wrapped. */
function section(heading: string, facts: readonly (readonly [name: string, text: string])[]): string {
  const indent = 14;
  const lines = facts.flatMap(([name, text]) =>
    wrap(text, columns - indent).map((line, i) => `  ${(i === 0 ? name : "").padEnd(indent - 2)}${line}`),
  );
  return `${heading}\n${lines.join("\n")}\n`;
}

/** Breaks at spaces; a word that is longer than a line stays whole. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

export function machineText({ node, system, processor, cores, memory, limits, diskFree }: Machine): string {
  const facts: [string, string][] = [
    ["Node", `${node.version} (${node.enough ? "" : "too old: "}${node.required} or later is needed)`],
    ["System", system],
    ["Processor", processor],
    ["Cores", coresText(cores)],
    ["Memory", `${formatBytes(memory.total)}, ${formatBytes(memory.free)} free`],
  ];
  const held = [
    ...(limits.memory === null ? [] : [`${formatBytes(limits.memory)} of memory`]),
    ...(limits.cores === null ? [] : [`${round(limits.cores)} ${limits.cores === 1 ? "core" : "cores"}`]),
  ];
  if (held.length > 0) facts.push(["Container", `holds this process to ${held.join(" and ")}`]);
  facts.push(["Disk", diskFree === null ? "not told" : `${formatBytes(diskFree)} free in this folder`]);
  return section("Machine", facts);
}

function coresText({ usable, total }: Machine["cores"]): string {
  if (usable < total) return `${usable} of ${total} may be used`;
  return usable === 1 ? "1: training works, on one thread" : `${usable}`;
}

export function devicesText({ devices, noWebgpu, auto }: DevicesReport): string {
  const facts = devices.flatMap((device): [string, string][] => [
    [device.kind, device.software ? `${device.description} (software)` : device.description],
    ["", speedText(device)],
    ...limitsText(device).map((text): [string, string] => ["", text]),
  ]);
  if (noWebgpu !== undefined) facts.push(["webgpu", `none: ${noWebgpu}`]);
  const choice =
    typeof auto === "string" ? `would fail: ${auto}` : `--device auto takes ${auto.device}: ${auto.reason}`;
  return section("Devices", [...facts, ["auto", choice]]);
}

function speedText({ speed, error }: DeviceReport): string {
  if (!speed) return `FAILED: ${error ?? "no reading"}`;
  return `${formatGflops(speed.gflops)} (product of ${speed.size}×${speed.size} float32 matrices, checked)`;
}

/** Those that matter for computing; the JSON has them all. */
const usefulFeatures = ["shader-f16", "subgroups", "timestamp-query"];

function limitsText({ limits, features }: DeviceReport): string[] {
  if (!limits) return [];
  const { maxBufferSize, maxStorageBufferBindingSize, maxStorageBuffersPerShaderStage } = limits;
  const { maxComputeWorkgroupStorageSize, maxComputeInvocationsPerWorkgroup } = limits;
  const buffers = `${formatBytes(maxBufferSize)}, ${formatBytes(maxStorageBufferBindingSize)} bound at once`;
  return [
    `buffers up to ${buffers}; ${maxStorageBuffersPerShaderStage} in a kernel`,
    `workgroups of up to ${maxComputeInvocationsPerWorkgroup} invocations, ` +
      `${formatBytes(maxComputeWorkgroupStorageSize)} of memory each`,
    `features: ${usefulFeatures.map((name) => (features?.includes(name) ? name : `no ${name}`)).join(", ")}`,
  ];
}

export function codecsText(codecs: readonly CodecReport[]): string {
  const formats = [...new Set(codecs.map(({ format }) => format))];
  return section(
    "Image codecs",
    formats.map((format) => {
      const [first, ...others] = codecs.filter((codec) => codec.format === format && !codec.missing);
      const missing = codecs.filter((codec) => codec.format === format && codec.missing);
      const parts = [
        first ? named(first) : "none",
        ...others.map((codec) => `${named(codec)} in its place if need be`),
        ...missing.map(({ library, missing: reason }) => `${library}: ${reason}`),
      ];
      return [format, parts.join("; ")] as const;
    }),
  );
}

function named({ library, version }: CodecReport): string {
  const origin = library === "sharp" ? "native" : "plain JavaScript";
  return `${[library, version].filter(Boolean).join(" ")} (${origin})`;
}

export function adviceText(advice: readonly string[]): string {
  if (advice.length === 0) return "Nothing is missing.\n";
  const lines = advice.flatMap((text) =>
    wrap(text, columns - 4).map((line, i) => `${i === 0 ? "  - " : "    "}${line}`),
  );
  return `For more\n${lines.join("\n")}\n`;
}

/** `7.8 GiB`, `32 KiB`. */
export function formatBytes(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(bytes || 1) / 10)));
  return `${round(bytes / 1024 ** power)} ${units[power]}`;
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}
