// y[b, i, j, c] = image b at row top + (i + 1/2) height / outHeight - 1/2 and the like column of its box, between the
// four pixels around; from the right where the box is mirrored.
//
// Layout: x is [batch, height, width, channels], boxes is [batch, 5] (top, left, height, width, mirrored), fill is
// [channels], y is [batch, outHeight, outWidth, channels], row-major.
// One invocation writes one pixel of y. Preconditions: `pixels` of them; sizes of at most 2^14, so that products fit.

struct Parameters {
  pixels: u32,
  height: i32,
  width: i32,
  channels: u32,
  outHeight: i32,
  outWidth: i32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> boxes: array<i32>;
@group(0) @binding(2) var<storage, read> fill: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

// Two neighbouring places along an axis, and how far the wanted one is from the first to the second.
struct Taps {
  first: i32,
  second: i32,
  weight: f32,
}

fn tapsAt(i: i32, start: i32, size: i32, outSize: i32) -> Taps {
  // In units of half an output pixel; not negative after the shift by one pixel.
  let position = (2 * i + 1) * size + outSize;
  let base = position / (2 * outSize) - 1;
  let rest = position % (2 * outSize);
  let last = max(size, 1) - 1;
  let weight = f32(rest) / f32(2 * outSize);
  return Taps(start + clamp(base, 0, last), start + clamp(base + 1, 0, last), weight);
}

fn valueAt(image: i32, row: i32, column: i32, c: u32) -> f32 {
  if (row < 0 || row >= parameters.height || column < 0 || column >= parameters.width) {
    return fill[c];
  }
  return x[u32((image * parameters.height + row) * parameters.width + column) * parameters.channels + c];
}

// a itself where the weight is 0: a sum would lose the sign of -0, and b may be as far away as to overflow.
fn between(a: f32, b: f32, weight: f32) -> f32 {
  if (weight == 0.0) {
    return a;
  }
  return a + weight * (b - a);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let pixel = (group.y * groups.x + group.x) * 64u + lane;
  if (pixel >= parameters.pixels) {
    return;
  }
  let line = i32(pixel) / parameters.outWidth;
  var j = i32(pixel) % parameters.outWidth;
  let image = line / parameters.outHeight;
  let size = vec2<i32>(boxes[5 * image + 2], boxes[5 * image + 3]);
  if (size.x <= 0 || size.y <= 0) {
    for (var c = 0u; c < parameters.channels; c++) {
      y[pixel * parameters.channels + c] = fill[c];
    }
    return;
  }
  if (boxes[5 * image + 4] != 0) {
    j = parameters.outWidth - 1 - j;
  }
  let rows = tapsAt(line % parameters.outHeight, boxes[5 * image], size.x, parameters.outHeight);
  let columns = tapsAt(j, boxes[5 * image + 1], size.y, parameters.outWidth);
  for (var c = 0u; c < parameters.channels; c++) {
    let above = between(
      valueAt(image, rows.first, columns.first, c),
      valueAt(image, rows.first, columns.second, c),
      columns.weight,
    );
    let below = between(
      valueAt(image, rows.second, columns.first, c),
      valueAt(image, rows.second, columns.second, c),
      columns.weight,
    );
    y[pixel * parameters.channels + c] = between(above, below, rows.weight);
  }
}
