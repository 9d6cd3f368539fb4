// Average-pool of NHWC images: y[n, i, j, c] = mean of x[n, i * strideY + r - padTop, j * strideX + s - padLeft, c] over
// the window's r and s whose pixel lies inside of the image, summed in row-major order.
//
// One invocation computes one output; a workgroup computes 64 that follow one another.
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
@group(0) @binding(2) var<uniform> parameters: Parameters;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * 64 + lane;
  if (i >= parameters.size) {
    return;
  }
  let channel = i % parameters.channels;
  let pixel = i / parameters.channels;
  let row = pixel / parameters.outWidth;
  let image = row / parameters.outHeight;
  let windowTop = i32(row % parameters.outHeight) * parameters.strideY - parameters.padTop;
  let windowLeft = i32(pixel % parameters.outWidth) * parameters.strideX - parameters.padLeft;
  let top = max(0, windowTop);
  let left = max(0, windowLeft);
  let bottom = min(parameters.height, windowTop + parameters.windowHeight);
  let right = min(parameters.width, windowLeft + parameters.windowWidth);

  var sum = 0.0;
  for (var v = top; v < bottom; v++) {
    let start = (image * u32(parameters.height) + u32(v)) * u32(parameters.width);
    for (var u = left; u < right; u++) {
      sum += x[(start + u32(u)) * parameters.channels + channel];
    }
  }
  y[i] = sum / f32((bottom - top) * (right - left));
}
