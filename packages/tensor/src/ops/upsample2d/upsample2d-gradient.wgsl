// Gradient of upsample2d: dx[n, v, u, c] = sum of share(v, i) * share(u, j) * dy[n, i, j, c] over the outputs (i, j) that
// the pixel has a share in, in row-major order.
//
// Along each axis output i lies at the place n / divisor of the image, with n = max(0, i * step + offset), all whole
// numbers. nearest: the share is 1 of the outputs with v <= n / divisor < v + 1. bilinear: it is 1 - |n / divisor - v|
// where that is positive, and for the last pixel 1 beyond it.
//
// One invocation computes 4 channels of a pixel; a workgroup computes `workgroupSize` such tiles, channels first. Channels
// past the end are computed from the last one and not stored.
//
// Precondition of the faster path (the launch checks it): channelVectors needs channels to be a multiple of 4.

struct Parameters {
  batch: u32,
  channels: u32,
  height: i32,
  width: i32,
  outHeight: i32,
  outWidth: i32,
  stepY: i32,
  stepX: i32,
  offsetY: i32,
  offsetX: i32,
  divisorY: i32,
  divisorX: i32,
}

override workgroupSize: u32 = 64;
override channelVectors: bool = false;
override bilinear: bool = false;

@group(0) @binding(0) var<storage, read> dy: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

const quad = vec4u(0, 1, 2, 3);

// Four channels of an output pixel's gradient.
fn outputGradient(i: vec4u) -> vec4f {
  if (channelVectors) {
    return dy[i.x >> 2];
  }
  return vec4f(dy[i.x >> 2][i.x & 3], dy[i.y >> 2][i.y & 3], dy[i.z >> 2][i.z & 3], dy[i.w >> 2][i.w & 3]);
}

// The first output that a pixel has a share in: bilinear, its place is beyond the pixel before; nearest, not before it.
fn firstOutput(pixel: i32, step: i32, offset: i32, divisor: i32) -> i32 {
  let beyond = pixel * divisor - offset - select(1, divisor, bilinear);
  return select(beyond / step + 1, 0, beyond < 0);
}

// The first output past those that a pixel has a share in: its place is not before the next pixel.
fn endOutput(pixel: i32, step: i32, offset: i32, divisor: i32, outSize: i32) -> i32 {
  return min(outSize, ((pixel + 1) * divisor - offset + step - 1) / step);
}

// The share of a pixel in an output that lies `distance` / divisor behind it.
fn share(distance: i32, divisor: i32, isLast: bool) -> f32 {
  if (!bilinear || (isLast && distance > 0)) {
    return 1.0;
  }
  return f32(divisor - abs(distance)) / f32(divisor);
}

@compute @workgroup_size(workgroupSize)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let p = parameters;
  let tile = (group.y * groups.x + group.x) * workgroupSize + local;
  let channelTiles = (p.channels + 3) / 4;
  let channel = tile % channelTiles * 4;
  let pixel = tile / channelTiles;
  let row = pixel / u32(p.width);
  let image = row / u32(p.height);
  if (image >= p.batch) {
    return;
  }
  let channels = min(channel + quad, vec4u(p.channels - 1));
  let v = i32(row % u32(p.height));
  let u = i32(pixel % u32(p.width));
  let top = firstOutput(v, p.stepY, p.offsetY, p.divisorY);
  let left = firstOutput(u, p.stepX, p.offsetX, p.divisorX);
  let bottom = endOutput(v, p.stepY, p.offsetY, p.divisorY, p.outHeight);
  let right = endOutput(u, p.stepX, p.offsetX, p.divisorX, p.outWidth);

  var sum = vec4f();
  for (var i = top; i < bottom; i++) {
    let distanceY = max(0, i * p.stepY + p.offsetY) - v * p.divisorY;
    let shareY = share(distanceY, p.divisorY, v == p.height - 1);
    let outputRow = (image * u32(p.outHeight) + u32(i)) * u32(p.outWidth);
    for (var j = left; j < right; j++) {
      let distanceX = max(0, j * p.stepX + p.offsetX) - u * p.divisorX;
      let shareX = share(distanceX, p.divisorX, u == p.width - 1);
      sum += shareY * shareX * outputGradient((outputRow + u32(j)) * p.channels + channels);
    }
  }

  let i = pixel * p.channels + channel;
  let count = p.channels - channel;
  dx[i] = sum.x;
  if (count > 1) { dx[i + 1] = sum.y; }
  if (count > 2) { dx[i + 2] = sum.z; }
  if (count > 3) { dx[i + 3] = sum.w; }
}
