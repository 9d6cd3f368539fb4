// y[i, c] = 1 where c = labels[i], else 0.
import { shareStart } from "../parallel.assembly";

export function oneHot(labels: usize, y: usize, size: i32, depth: i32, thread: i32, threads: i32): void {
  const end = shareStart(size, 16, thread + 1, threads);
  for (let i = shareStart(size, 16, thread, threads); i < end; i++) {
    const row = y + (<usize>(i * depth) << 2);
    const label = load<i32>(labels + (<usize>i << 2));
    memory.fill(row, 0, <usize>depth << 2);
    if (label >= 0 && label < depth) f32.store(row + (<usize>label << 2), 1);
  }
}
