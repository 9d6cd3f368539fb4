/** @file Rates of a model's layers that schedules change. */
import { DropBlock2D } from "../layers/drop-block2d.ts";
import { Dropout } from "../layers/dropout.ts";
import type { Module } from "../module.ts";
import { modulesOf } from "../modules-of.ts";

/** Dropout's rates and DropBlock's keep-probabilities, by the layers' names. */
export type LayerRates = Readonly<Record<string, number>>;

/** The rates as they are now. */
export function layerRates(model: Module): LayerRates {
  const rates: Record<string, number> = {};
  for (const [name, layer] of modulesOf(model)) {
    if (layer instanceof Dropout) rates[name] = layer.rate;
    else if (layer instanceof DropBlock2D) rates[name] = layer.keepProbability;
  }
  return rates;
}

/** Sets the rates that are named. */
export function setLayerRates(model: Module, rates: LayerRates): void {
  for (const [name, layer] of modulesOf(model)) {
    const rate = rates[name];
    if (rate === undefined) continue;
    if (layer instanceof Dropout && layer.rate !== rate) layer.rate = rate;
    else if (layer instanceof DropBlock2D && layer.keepProbability !== rate) layer.keepProbability = rate;
  }
}
