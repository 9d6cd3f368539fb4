/** @file A report's pictures, as SVG. */
import type { TopLevelSpec } from "vega-lite";
import type { BenchReport, Peak } from "./record.ts";

const config = {
  font: "DejaVu Sans, Verdana, sans-serif",
  background: "white",
  view: { stroke: null },
  axis: { labelFontSize: 12, titleFontSize: 13, titleFontWeight: "normal" },
} as const;

/** The pictures that the report has figures for, each with its title. */
export async function charts(report: BenchReport): Promise<{ title: string; svg: string }[]> {
  const specs = [
    { title: "Kernels under the roof", spec: report.peak ? roofline(report, report.peak) : null },
    { title: "Images a second", spec: rates(report) },
    { title: "Where a step goes", spec: parts(report) },
  ];
  const drawn: { title: string; svg: string }[] = [];
  for (const { title, spec } of specs) if (spec) drawn.push({ title, svg: await draw(spec) });
  return drawn;
}

async function draw(spec: TopLevelSpec): Promise<string> {
  // Slow to load, and not every run draws.
  const [vega, vegaLite] = await Promise.all([import("vega"), import("vega-lite")]);
  const view = new vega.View(vega.parse(vegaLite.compile(spec).spec), { renderer: "none", logLevel: vega.Error });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/**
 * Each kernel that multiplies at its arithmetic intensity, under the lower of two roofs: the peak of arithmetic, and
 * intensity times the peak of memory. What stays in a cache, or saves multiplications as Winograd does, rises above.
 */
function roofline({ records }: BenchReport, peak: Peak): TopLevelSpec | null {
  const points = records.flatMap(({ benchmark, shape, gflops, gigabytesPerSecond }) =>
    gflops === null || gigabytesPerSecond === null
      ? []
      : [
          {
            kernel: benchmark.split("/").slice(1, -1).join(" "),
            shape: shape.join("×"),
            intensity: gflops / gigabytesPerSecond,
            gflops,
          },
        ],
  );
  if (points.length === 0) return null;
  const ridge = peak.gflops / peak.gigabytesPerSecond;
  const [least, most] = [
    Math.min(...points.map(({ intensity }) => intensity)) / 2,
    Math.max(...points.map(({ intensity }) => intensity)) * 2,
  ];
  const roof = [Math.min(least, ridge), ridge, Math.max(most, ridge)].map((intensity) => ({
    intensity,
    gflops: Math.min(peak.gflops, intensity * peak.gigabytesPerSecond),
  }));
  const x = {
    field: "intensity",
    type: "quantitative",
    scale: { type: "log" },
    axis: { title: "multiplications and additions a byte" },
  } as const;
  const y = { field: "gflops", type: "quantitative", scale: { type: "log" }, axis: { title: "GFLOP/s" } } as const;
  return {
    width: 640,
    height: 400,
    padding: 16,
    layer: [
      { data: { values: roof }, mark: { type: "line", color: "#999999", strokeWidth: 2 }, encoding: { x, y } },
      {
        data: { values: points },
        mark: { type: "point", filled: true, size: 60 },
        encoding: { x, y, color: { field: "kernel", type: "nominal", legend: { title: null } } },
      },
    ],
    config,
  };
}

/** Whole steps and epochs, ours and the peers'. */
function rates({ records }: BenchReport): TopLevelSpec | null {
  const values = records.flatMap(({ benchmark, device, imagesPerSecond, peers }) => {
    if (imagesPerSecond === null) return [];
    const own = { benchmark, engine: `tessera, ${device}`, rate: imagesPerSecond };
    return [own, ...Object.entries(peers).map(([engine, peer]) => ({ benchmark, engine, rate: peer.imagesPerSecond }))];
  });
  if (values.length === 0) return null;
  return {
    data: { values },
    padding: 16,
    width: 640,
    height: { step: 20 },
    mark: "bar",
    encoding: {
      y: { field: "benchmark", type: "nominal", axis: { title: null } },
      yOffset: { field: "engine" },
      x: { field: "rate", type: "quantitative", axis: { title: "images/s" } },
      color: { field: "engine", type: "nominal", legend: { title: null } },
    },
    config,
  };
}

/** Milliseconds of each layer of the small CNN. */
function parts({ parts: values }: BenchReport): TopLevelSpec | null {
  if (values.length === 0) return null;
  return {
    data: { values: values.map(({ layer, part, milliseconds }) => ({ layer, part, milliseconds })) },
    padding: 16,
    width: 640,
    mark: "bar",
    encoding: {
      y: { field: "layer", type: "nominal", sort: null, axis: { title: null } },
      x: { field: "milliseconds", type: "quantitative", axis: { title: "ms" } },
      color: { field: "part", type: "nominal", sort: null, legend: { title: null } },
    },
    config,
  };
}
