// Gradient of max-pool: dx[n, v, u, c] = sum of dy[n, i, j, c] over the windows (i, j) whose maximum is that pixel, in
// row-major order.
//
// positions, laid out like dy, holds r * windowWidth + s of each window's maximum. An invocation computes
// elements of dx of one channel, every n-th pixel. Precondition: as many invocations as channels.

struct Parameters {
  size: u32, // elements of dx
  height: i32,
  width: i32,
  channels: u32,
  outHeight: i32,
  outWidth: i32,
  windowHeight: i32,
  windowWidth: i32,
  strideY: i32,
  strideX: i32,
  padTop: i32,
  padLeft: i32,
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> positions: array<i32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

// The first window along an axis that reaches `offset` pixels past the first window's start.
fn firstWindow(offset: i32, windowSize: i32, stride: i32) -> i32 {
  return max(0, (offset - windowSize + stride) / stride);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = (group.y * groups.x + group.x) * 64 + lane;
  let stride = groups.x * groups.y * 64 / parameters.channels * parameters.channels;
  if (index >= stride) {
    return;
  }
  let channel = index % parameters.channels;
  for (var i = index; i < parameters.size; i += stride) {
    let pixel = i / parameters.channels;
    let row = pixel / u32(parameters.width);
    let image = row / u32(parameters.height);
    let v = i32(row % u32(parameters.height)) + parameters.padTop;
    let u = i32(pixel % u32(parameters.width)) + parameters.padLeft;
    let top = firstWindow(v, parameters.windowHeight, parameters.strideY);
    let left = firstWindow(u, parameters.windowWidth, parameters.strideX);
    let bottom = min(parameters.outHeight, v / parameters.strideY + 1);
    let right = min(parameters.outWidth, u / parameters.strideX + 1);

    var sum = 0.0;
    for (var y = top; y < bottom; y++) {
      let start = (image * u32(parameters.outHeight) + u32(y)) * u32(parameters.outWidth);
      for (var x = left; x < right; x++) {
        let at = (start + u32(x)) * parameters.channels + channel;
        let own = (v - y * parameters.strideY) * parameters.windowWidth + u - x * parameters.strideX;
        if (positions[at] == own) {
          sum += dy[at];
        }
      }
    }
    dx[i] = sum;
  }
}
