// Everything that packages/data computes in WebAssembly.
export * from "./eigen.assembly";
export * from "./linear.assembly";
