// `npm run demo [-- options of tessera demo]`: installs and builds what is missing, then runs the demo.
import { join } from "node:path";
import { installAndBuild, root, run } from "./bootstrap.mjs";

/** Where a developer has real data, as in the tests. */
const env = { TESSERA_DATA: process.env.TESSERA_DATA ?? join(root, "..", "shared", "data") };

const status = await installAndBuild();
const command = join(root, "packages", "cli", "bin", "tessera.js");
process.exitCode =
  status === 0 ? await run(process.execPath, [command, "demo", ...process.argv.slice(2)], { env }) : status;
