// Max-pool of NHWC images: y[n, i, j, c] = max of x[n, i * strideY + r - padTop, j * strideX + s - padLeft, c] over the
// window's r and s; pixels outside of the image never win.
//
// positions, laid out like y, holds r * windowWidth + s of the maximum: the first in row-major order among equals, or
// the first NaN. An invocation computes outputs of one channel, every n-th pixel. Precondition: as many invocations as channels.
// Precondition: every window holds at least one pixel of the image.

struct Parameters {
  size: u32, // outputs
  height: i32,
  width: i32,
  channels: u32,
  outHeight: u32,
  outWidth: u32,
  windowHeight: i32,
  windowWidth: i32,
  strideY: i32,
  strideX: i32,
  padTop: i32,
  padLeft: i32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> positions: array<i32>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

// NaN is told by its bits: a compiler may assume that comparisons never see one.
fn isNaN(value: f32) -> bool {
  return (bitcast<u32>(value) & 0x7fffffffu) > 0x7f800000u;
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
    let row = pixel / parameters.outWidth;
    let image = row / parameters.outHeight;
    let windowTop = i32(row % parameters.outHeight) * parameters.strideY - parameters.padTop;
    let windowLeft = i32(pixel % parameters.outWidth) * parameters.strideX - parameters.padLeft;
    let top = max(0, windowTop);
    let left = max(0, windowLeft);
    let bottom = min(parameters.height, windowTop + parameters.windowHeight);
    let right = min(parameters.width, windowLeft + parameters.windowWidth);

    var greatest = 0.0;
    var winner = -1;
    for (var v = top; v < bottom; v++) {
      let start = (image * u32(parameters.height) + u32(v)) * u32(parameters.width);
      for (var u = left; u < right; u++) {
        let value = x[(start + u32(u)) * parameters.channels + channel];
        if (winner < 0 || value > greatest || (isNaN(value) && !isNaN(greatest))) {
          greatest = value;
          winner = (v - windowTop) * parameters.windowWidth + u - windowLeft;
        }
      }
    }
    y[i] = greatest;
    positions[i] = winner;
  }
}
