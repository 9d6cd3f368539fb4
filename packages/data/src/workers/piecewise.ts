/** @file Images that kill the process which decodes them. */
import { WorkerEnded } from "./pool.ts";

/** What came of a run of things from `start` on: of all of them, or of one where they had to be tried alone. */
export interface Piece<Result> {
  readonly start: number;
  /** `WorkerEnded` of the one thing that a process did not survive. */
  readonly result: Result | WorkerEnded;
}

/** Works on `count` things at once; where a process ends over them, on each alone, so that the one to blame is found. */
export async function piecewise<Result>(
  count: number,
  run: (start: number, end: number) => Promise<Result>,
): Promise<Piece<Result>[]> {
  const attempt = async (start: number, end: number): Promise<Piece<Result>> => {
    try {
      return { start, result: await run(start, end) };
    } catch (error) {
      if (!(error instanceof WorkerEnded)) throw error;
      return { start, result: error };
    }
  };
  const whole = await attempt(0, count);
  if (!(whole.result instanceof WorkerEnded) || count === 1) return [whole];
  const pieces: Piece<Result>[] = [];
  for (let start = 0; start < count; start++) pieces.push(await attempt(start, start + 1));
  return pieces;
}
