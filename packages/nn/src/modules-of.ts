/** @file Every module of a model. */
import type { Module } from "./module.ts";

/** A model and all inside it, each once, by the names that their tensors' names begin with; the model's own is `""`. */
export function modulesOf(model: Module): ReadonlyMap<string, Module> {
  const found = new Map<string, Module>();
  const seen = new Set<Module>();
  const visit = (name: string, module: Module) => {
    if (seen.has(module)) return;
    seen.add(module);
    found.set(name, module);
    for (const [inner, child] of module.children()) visit(name === "" ? inner : `${name}.${inner}`, child);
  };
  visit("", model);
  return found;
}
