/** @file What a run was made from: its data, its configuration, versions and device. */
import type { DataFacts } from "../evaluate-run.ts";
import { html, type Markup, type Part } from "../html.ts";
import type { Fields, RunFacts } from "../run-facts.ts";
import { facts, note, type Section, table } from "./section.ts";

export function dataSection({ config }: RunFacts, data: DataFacts | null): Section {
  const counts = Object.entries(fieldsOf(config.images)).map(([part, images]): [string, Part] => [
    part === "train" ? "training images" : `${part} images`,
    Number(images).toLocaleString("en-US"),
  ]);
  const classes = Array.isArray(config.classNames) ? config.classNames : [];
  const body = html`${facts([
    ["Set", text(config.dataset)],
    ["Classes", String(classes.length)],
    ...counts,
    ...(data ? ([["Image", data.shape.join(" × ")]] as const) : []),
    ["Where it was", text(fieldsOf(fieldsOf(config.recipe).data).path ?? config.data)],
    ...preprocessing(config),
  ])}
${data ? details(data) : note("The set's files were not looked at for this page, so that it has no counts by class and no hashes.")}`;
  return { id: "data", title: "Data", body };
}

function preprocessing({ preprocessing }: Fields): [string, Part][] {
  const { normalize, sharpen } = fieldsOf(preprocessing);
  if (preprocessing === undefined) return [];
  return [["Preprocessing", [...(sharpen ? ["sharpened"] : []), text(normalize)].join(", ")]];
}

function details({ parts, files }: DataFacts): Markup {
  const rows = parts.map(({ name, images, fewest, most }) => [
    name,
    ...[images, fewest, most].map((each) => each.toLocaleString("en-US")),
  ]);
  const hashes = files.map(({ name, bytes, sha256 }) => [
    name,
    bytes.toLocaleString("en-US"),
    html`<code>${sha256}</code>`,
  ]);
  return html`${table("Images by part, as they are now", ["part", "images", "fewest of a class", "most of a class"], rows)}
${table("Files, as they are now", ["file", "bytes", "SHA-256"], hashes)}`;
}

export function configSection({ config }: RunFacts): Section {
  const { classNames: _, ...shown } = config;
  const device = fieldsOf(config.device);
  const body = html`${facts([
    ["Begun", text(config.started)],
    ["Device", text(device.description)],
    ...Object.entries(fieldsOf(config.versions)).map(([name, version]): [string, Part] => [name, text(version)]),
  ])}
<details id="config-json"><summary>config.json, without the classes' names</summary><pre tabindex="0">${JSON.stringify(shown, null, 2)}</pre></details>`;
  return { id: "configuration", title: "Configuration, versions, device", body };
}

function fieldsOf(value: unknown): Fields {
  return value !== null && typeof value === "object" ? (value as Fields) : {};
}

function text(value: unknown): string {
  return value === undefined || value === null ? "not recorded" : String(value);
}
