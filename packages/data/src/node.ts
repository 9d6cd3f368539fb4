export { loadCifar } from "./sources/load-cifar.ts";
