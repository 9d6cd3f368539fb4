// Reads CIFAR-100 from its archive into NHWC arrays, and prints seconds, CPU seconds and peak memory as JSON.
import { loadCifar } from "@tessera/data/node";

const [began, before] = [performance.now(), process.cpuUsage()];
const { train } = await loadCifar(process.argv[2]);
const seconds = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(before);
if (train.shape[0] !== 50_000) throw new Error(`expected 50 000 training images, got ${train.shape[0]}`);
const peakMegabytes = process.resourceUsage().maxRSS / 1024;
const version = `Node ${process.versions.node}`;
console.log(JSON.stringify({ seconds, cpuSeconds: (user + system) / 1e6, peakMegabytes, version }));
