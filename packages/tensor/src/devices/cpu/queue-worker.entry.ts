/** @file The program of the worker that owns the memory; `build-workers.mjs` makes it text. */
import { queueMain } from "./queue-worker.ts";
import { serve } from "./worker-port.ts";

serve(queueMain);
