// A vitest reporter that collects what tests print about their devices into the file that TESSERA_TEST_DEVICES names:
// lines such as `webgpu: webgpu: SwiftShader driver 5.0.0 (software)`, and warnings that begin with `NOT TESTED`.
import { writeFileSync } from "node:fs";

export default class DeviceReporter {
  #lines = new Set();

  onUserConsoleLog({ content }) {
    for (const line of content.split("\n")) {
      if (/: (cpu|webgpu): |^NOT TESTED/.test(line)) this.#lines.add(line.trim());
    }
  }

  onTestRunEnd() {
    if (process.env.TESSERA_TEST_DEVICES)
      writeFileSync(process.env.TESSERA_TEST_DEVICES, [...this.#lines].sort().join("\n"));
  }
}
