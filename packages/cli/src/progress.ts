/** @file Progress of a long job: a bar on a terminal, a line now and then elsewhere. Goes to standard error. */
import cliProgress from "cli-progress";
import { isQuiet } from "./voice.ts";

/** Seconds between lines where there is no terminal. */
const lineEvery = 10;

/** A bar or its lines. */
export interface ProgressBar {
  /** `note` is what the job says of itself, as `loss 4.312`. */
  update(done: number, note: string): void;
  stop(): void;
}

/**
 * @param title what runs, as `epoch 1/3`
 * @param total items in the whole job
 * @param options.stream where to draw; a bar only if it is a terminal. Default: standard error
 * @param options.start when the job began, as `performance.now` has it. Default: now
 */
export function progressBar(
  title: string,
  total: number,
  { stream = process.stderr, start = performance.now() }: { stream?: NodeJS.WriteStream; start?: number } = {},
): ProgressBar {
  if (isQuiet()) return { update: () => undefined, stop: () => undefined };
  return stream.isTTY ? bar(title, total, stream, start) : lines(title, total, stream, start);
}

function bar(title: string, total: number, stream: NodeJS.WriteStream, start: number): ProgressBar {
  const format = `${title} [{bar}] {percentage}% {note}, {left} left`;
  const drawn = new cliProgress.SingleBar(
    { format, stream, hideCursor: true, barsize: 24, fps: 5 },
    cliProgress.Presets.legacy,
  );
  drawn.start(total, 0, { note: "", left: "?" });
  return {
    update: (done, note) => drawn.update(done, { note, left: timeLeft(start, done, total) }),
    stop: () => drawn.stop(),
  };
}

function lines(title: string, total: number, stream: NodeJS.WriteStream, start: number): ProgressBar {
  let last = start;
  return {
    update(done, note) {
      const now = performance.now();
      if (now - last < lineEvery * 1000) return;
      last = now;
      const percentage = Math.floor((100 * done) / total);
      stream.write(`${title} ${percentage}% ${note}, ${timeLeft(start, done, total)} left\n`);
    },
    stop: () => undefined,
  };
}

function timeLeft(start: number, done: number, total: number): string {
  if (done === 0) return "?";
  return formatSeconds((((performance.now() - start) / done) * (total - done)) / 1000);
}

/** `45 s`, `3 min 20 s`, `2 h 5 min`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
