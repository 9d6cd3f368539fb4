/** @file The program of a worker that shares the memory; `build-workers.mjs` makes it text. */
import { workerMain } from "./shared-worker.ts";
import { serve } from "./worker-port.ts";

serve(workerMain);
