// y[row] = 1 if fewer than k classes are ahead of the row's label, else 0. Ahead are greater logits, and equal ones of
// a lower class. A label outside of the classes, or whose logit is NaN, is a miss; a NaN is not ahead of anything.
import { shareStart } from "../parallel.assembly";
import { laneMask } from "../reduce/lanes.assembly";

/** How many of a row's classes are ahead of `label`. */
// @ts-ignore: decorator
@inline
function countAhead(row: usize, classes: i32, label: i32): i32 {
  const own = v128.load32_splat(row + (<usize>label << 2));
  let ahead = i32x4.splat(0);
  for (let i = 0; i < classes; i += 4) {
    const values = v128.load(row + (<usize>i << 2));
    const equal = v128.and(f32x4.eq(values, own), laneMask(label - i));
    const greater = v128.and(f32x4.gt(values, own), laneMask(classes - i));
    // A lane that is true is -1.
    ahead = i32x4.sub(ahead, v128.or(equal, greater));
  }
  return (
    i32x4.extract_lane(ahead, 0) + i32x4.extract_lane(ahead, 1) + i32x4.extract_lane(ahead, 2) +
    i32x4.extract_lane(ahead, 3)
  );
}

export function topKHits(
  logits: usize, labels: usize, y: usize, rows: i32, classes: i32, k: i32, thread: i32, threads: i32,
): void {
  const end = shareStart(rows, 16, thread + 1, threads);
  for (let i = shareStart(rows, 16, thread, threads); i < end; i++) {
    const row = logits + (<usize>(<u32>(i * classes)) << 2);
    const label = load<i32>(labels + (<usize>i << 2));
    let hit = false;
    if (<u32>label < <u32>classes) {
      const own = load<f32>(row + (<usize>label << 2));
      hit = own == own && countAhead(row, classes, label) < k;
    }
    store<f32>(y + (<usize>i << 2), hit ? 1 : 0);
  }
}
