/** Compiled modules are imported as bytes: by a loader of tsup, and by a plugin of vitest. */
declare module "*.wasm" {
  const bytes: Uint8Array<ArrayBuffer>;
  export default bytes;
}
