/** WGSL files are imported as text. */
declare module "*.wgsl" {
  const code: string;
  export default code;
}

/** WebAssembly modules are imported as bytes. */
declare module "*.wasm" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}

/** A worker's program that the build made, as text: a loader in the bundler and one in the test runner see to it. */
declare module "*.txt" {
  const program: string;
  export default program;
}
