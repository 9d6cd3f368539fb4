import type { CodecReport } from "@tessera/data";
import { describe, expect, it } from "vitest";
import { advise } from "./advice.ts";
import type { DevicesReport } from "./devices.ts";
import { isAtLeast, type Machine } from "./machine.ts";
import { adviceText, codecsText, devicesText, formatBytes, machineText, wrap } from "./report.ts";

const machine: Machine = {
  node: { version: "20.19.1", required: "20.19", enough: true },
  system: "Linux 6.1.0, x64",
  platform: "linux",
  processor: "a processor",
  cores: { usable: 1, total: 1 },
  memory: { total: 8 * 2 ** 30, free: 3.25 * 2 ** 30 },
  limits: { memory: null, cores: null },
  diskFree: 10 * 2 ** 30,
};

const auto = { device: "webgpu", description: "webgpu: a GPU", reason: "a hardware GPU answers" };
const gpu: DevicesReport = {
  devices: [
    { kind: "cpu", description: "8 threads, WebAssembly relaxed SIMD", relaxedSimd: true },
    {
      kind: "webgpu",
      description: "a GPU",
      software: false,
      limits: {
        maxBufferSize: 2 ** 40,
        maxStorageBufferBindingSize: 2 ** 31,
        maxStorageBuffersPerShaderStage: 16,
        maxComputeWorkgroupStorageSize: 49152,
        maxComputeInvocationsPerWorkgroup: 1024,
      },
      features: ["core-features-and-limits", "shader-f16", "subgroups"],
      speed: { gflops: 12_345, size: 2048 },
    },
  ],
  auto,
};
const codecs: CodecReport[] = [
  { format: "JPEG", library: "sharp", version: "1.2.3" },
  { format: "JPEG", library: "jpeg-js" },
  { format: "PNG", library: "fast-png" },
];
const noSharp: CodecReport[] = [
  { format: "JPEG", library: "sharp", missing: "it is not installed" },
  ...codecs.slice(1),
];

describe("the text", () => {
  it("of a machine", () => {
    expect(machineText(machine)).toBe(
      `Machine
  Node        20.19.1 (20.19 or later is needed)
  System      Linux 6.1.0, x64
  Processor   a processor
  Cores       1: training works, on one thread
  Memory      8 GiB, 3.3 GiB free
  Disk        10 GiB free in this folder
`,
    );
  });

  it("of a container and an old Node", () => {
    const text = machineText({
      ...machine,
      node: { version: "18.20.0", required: "20.19", enough: false },
      cores: { usable: 2, total: 64 },
      limits: { memory: 2 ** 31, cores: 1.5 },
      diskFree: null,
    });
    expect(text).toContain("18.20.0 (too old: 20.19 or later is needed)");
    expect(text).toContain("Cores       2 of 64 may be used");
    expect(text).toContain("Container   holds this process to 2 GiB of memory and 1.5 cores");
    expect(text).toContain("Disk        not told");
  });

  it("of a GPU", () => {
    expect(devicesText(gpu)).toContain(
      `  webgpu      a GPU
              12,345 GFLOP/s (product of 2048×2048 float32 matrices, checked)
              buffers up to 1 TiB, 2 GiB bound at once; 16 in a kernel
              workgroups of up to 1024 invocations, 48 KiB of memory each
              features: shader-f16, subgroups, no timestamp-query
  auto        --device auto takes webgpu: a hardware GPU answers
`,
    );
  });

  it("of a choice that would fail", () => {
    expect(devicesText({ ...gpu, auto: "webgpu: it gave no device" })).toContain("auto        would fail: webgpu: it");
  });

  it("of codecs with and without sharp", () => {
    const squeezed = (text: string) => text.replace(/\s+/g, " ");
    expect(squeezed(codecsText(codecs))).toContain(
      "JPEG sharp 1.2.3 (native); jpeg-js (plain JavaScript) in its place",
    );
    expect(squeezed(codecsText(noSharp))).toContain("JPEG jpeg-js (plain JavaScript); sharp: it is not installed PNG");
  });

  it("is at most 80 columns wide", () => {
    const long = "many words ".repeat(40).trim();
    const texts = [
      machineText({ ...machine, processor: long }),
      devicesText({ ...gpu, noWebgpu: long }),
      codecsText(noSharp),
      adviceText([long, long]),
    ];
    for (const line of texts.join("\n").split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });
});

describe("advice", () => {
  it("is not given where everything is there", () => {
    expect(advise(machine, gpu, codecs)).toEqual([]);
    expect(adviceText([])).toBe("Nothing is missing.\n");
  });

  it("names what to install", () => {
    const noWebgpu = "no adapter answered: there is no Vulkan loader (libvulkan.so.1)";
    const cpuOnly = { devices: [{ ...gpu.devices[0]!, relaxedSimd: false }], noWebgpu, auto };
    const old = { ...machine, node: { version: "18.0.0", required: "20.19", enough: false } };
    const [node, driver, simd, sharp, ...rest] = advise(old, cpuOnly, noSharp);
    expect(node).toContain("Node 20.19 or later");
    expect(driver).toContain("libvulkan1");
    expect(simd).toContain("relaxed WebAssembly SIMD");
    expect(sharp).toContain("npm install sharp (now: it is not installed)");
    expect(rest).toEqual([]);
  });

  it("counts a software GPU as none", () => {
    const software = { ...gpu, devices: gpu.devices.map((device) => ({ ...device, software: true })) };
    expect(advise(machine, software, codecs)).toHaveLength(1);
    expect(advise({ ...machine, platform: "darwin" }, software, codecs)[0]).toContain("Metal");
  });
});

it("isAtLeast compares numbers, not text", () => {
  const answers = ["20.19.0", "20.9.1", "22.0.0", "18.20.0", "20.20.2"].map((version) => isAtLeast(version, "20.19"));
  expect(answers).toEqual([true, false, true, false, true]);
});

it("wrap breaks at spaces", () => {
  expect(wrap("one two three", 7)).toEqual(["one two", "three"]);
  expect(wrap("unbreakable", 4)).toEqual(["unbreakable"]);
});

it("formatBytes chooses the unit", () => {
  expect([0, 1023, 1024, 32768, 2 ** 30 * 7.84].map(formatBytes)).toEqual([
    "0 bytes",
    "1023 bytes",
    "1 KiB",
    "32 KiB",
    "7.8 GiB",
  ]);
});
