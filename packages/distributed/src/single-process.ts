import { checkBroadcast, checkGather, checkReduce } from "./arguments.ts";
import type { Communicator } from "./communicator.ts";
import { DistributedError } from "./errors.ts";

/** A job of one process, so that a program needs no second path: every reduction is what it was given. */
export function singleProcess(): Communicator {
  let open = true;
  const check = (call: string) => {
    if (!open) throw new DistributedError(`${call}: the communicator is closed`);
  };
  const close = async () => {
    open = false;
  };
  return {
    rank: 0,
    size: 1,
    library: "one process",
    async allReduce(values, reduction = "sum") {
      check("allReduce");
      checkReduce(values, reduction);
    },
    async broadcast(values, root = 0) {
      check("broadcast");
      checkBroadcast(values, root, 1);
    },
    async allGather(values, into) {
      check("allGather");
      checkGather(values, into, 1);
      into.set(values);
    },
    async barrier() {
      check("barrier");
    },
    async abort(reason, code = 1) {
      process.stderr.write(`${reason}\n`);
      return process.exit(code);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
