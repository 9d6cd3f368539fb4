// Resampling of NHWC images. Along each axis output i lies at the place n / divisor of the image, with
// n = max(0, i * step + offset), all whole numbers.
//
// nearest:  y[n, i, j, c] = x[n, floor(v), floor(u), c], (v, u) being the place of (i, j)
// bilinear: the four pixels around (v, u), weighted by how near they are; past the edge stands the edge's pixel
//
// One invocation computes 4 channels of an output pixel; a workgroup computes `workgroupSize` such tiles, channels first.
// Channels past the end are computed from the last one and not stored.
//
// Precondition of the faster path (the launch checks it): channelVectors needs channels to be a multiple of 4.

struct Parameters {
  batch: u32,
  channels: u32,
  height: u32,
  width: u32,
  outHeight: u32,
  outWidth: u32,
  stepY: i32,
  stepX: i32,
  offsetY: i32,
  offsetX: i32,
  divisorY: u32,
  divisorX: u32,
}

override workgroupSize: u32 = 64;
override channelVectors: bool = false;
override bilinear: bool = false;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

const quad = vec4u(0, 1, 2, 3);

// Four channels of the pixel (v, u) of an image.
fn pixel(image: u32, v: u32, u: u32, channels: vec4u) -> vec4f {
  let i = ((image * parameters.height + v) * parameters.width + u) * parameters.channels + channels;
  if (channelVectors) {
    return x[i.x >> 2];
  }
  return vec4f(x[i.x >> 2][i.x & 3], x[i.y >> 2][i.y & 3], x[i.z >> 2][i.z & 3], x[i.w >> 2][i.w & 3]);
}

@compute @workgroup_size(workgroupSize)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let tile = (group.y * groups.x + group.x) * workgroupSize + local;
  let channelTiles = (parameters.channels + 3) / 4;
  let channel = tile % channelTiles * 4;
  let output = tile / channelTiles;
  let row = output / parameters.outWidth;
  let image = row / parameters.outHeight;
  if (image >= parameters.batch) {
    return;
  }
  let channels = min(channel + quad, vec4u(parameters.channels - 1));
  let placeY = u32(max(0, i32(row % parameters.outHeight) * parameters.stepY + parameters.offsetY));
  let placeX = u32(max(0, i32(output % parameters.outWidth) * parameters.stepX + parameters.offsetX));
  let v = placeY / parameters.divisorY;
  let u = placeX / parameters.divisorX;

  var values = pixel(image, v, u, channels);
  if (bilinear) {
    let below = min(v + 1, parameters.height - 1);
    let right = min(u + 1, parameters.width - 1);
    let fy = f32(placeY - v * parameters.divisorY) / f32(parameters.divisorY);
    let fx = f32(placeX - u * parameters.divisorX) / f32(parameters.divisorX);
    let upper = mix(values, pixel(image, v, right, channels), fx);
    let lower = mix(pixel(image, below, u, channels), pixel(image, below, right, channels), fx);
    values = mix(upper, lower, fy);
  }

  let i = output * parameters.channels + channel;
  let count = parameters.channels - channel;
  y[i] = values.x;
  if (count > 1) { y[i + 1] = values.y; }
  if (count > 2) { y[i + 2] = values.z; }
  if (count > 3) { y[i + 3] = values.w; }
}
