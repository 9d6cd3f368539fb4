// Data-parallel arithmetic: every process has values of its own, and all get their mean. Started alone it is a job of
// one process, which needs no MPI.
//
//   node examples/mean-of-ranks/main.js
//   mpiexec -n 4 node examples/mean-of-ranks/main.js
import { openCommunicator, requireSame } from "@tessera/distributed";

const communicator = await openCommunicator();
const { rank, size, library } = communicator;
await requireSame(communicator, { program: "mean-of-ranks" });

const gradients = new Float32Array(new SharedArrayBuffer(4 * 1000)).fill(rank + 1);
await communicator.allReduce(gradients, "mean");
if (rank === 0) console.log(`${size} of ${library}: mean ${gradients[0]}, expected ${(size + 1) / 2}`);
await communicator.close();
