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
