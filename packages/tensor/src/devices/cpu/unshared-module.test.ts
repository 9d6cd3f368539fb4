import { describe, expect, it } from "vitest";
import plainBytes from "../../../build/kernels.wasm";
import { unsharedModule } from "./unshared-module.ts";

describe("unsharedModule", () => {
  it("changes the one byte that says that the memory is shared", () => {
    const bytes = unsharedModule(plainBytes);
    const changed = [...bytes.keys()].filter((i) => bytes[i] !== plainBytes[i]);
    expect(changed.map((i) => [plainBytes[i], bytes[i]])).toEqual([[0b11, 0b01]]);
    const module = new WebAssembly.Module(bytes);
    const shared = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
    const own = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
    const instantiate = (memory: WebAssembly.Memory) =>
      new WebAssembly.Instance(module, { env: { memory, abort: () => {} } });
    expect(() => instantiate(shared)).toThrow(WebAssembly.LinkError);
    expect(instantiate(own).exports).toHaveProperty("copyBytes");
  });

  it("takes no module whose memory is not shared, or that imports nothing", () => {
    expect(() => unsharedModule(unsharedModule(plainBytes))).toThrow("imports no shared memory");
    expect(() => unsharedModule(plainBytes.slice(0, 8))).toThrow("ends before its imports");
  });
});
