// y[m, n, i, j, c] = activation(bias[m, c] + sum over r, s of
//   x[n, i * strideY + r * dilationY - padTop, j * strideX + s * dilationX - padLeft, c] * filter[m, r, s, c]),
// pixels outside counting as 0.
//
// x is [batch, height, width, channels], filter [planes, filterHeight, filterWidth, channels], bias [planes, channels],
// y [planes, batch, outHeight, outWidth, channels].
//
// One invocation computes 4 pixels of a row x 4 channels in registers, with no barrier: a workgroup computes
// `workgroupSize` such tiles, channels first, then pixels, then rows. Pixels and channels past the end are computed from
// the last ones and not stored.
//
// Precondition of the faster path (the launch checks it): channelVectors needs channels to be a multiple of 4. Without
// bias, any buffer may be bound in its place.

struct Parameters {
  planes: u32,
  batch: u32,
  height: u32,
  width: u32,
  channels: u32,
  filterHeight: u32,
  filterWidth: u32,
  strideY: u32,
  strideX: u32,
  dilationY: u32,
  dilationX: u32,
  padTop: u32,
  padLeft: u32,
  outHeight: u32,
  outWidth: u32,
}

override workgroupSize: u32 = 64;
override channelVectors: bool = false;
override hasBias: bool = false;
override activation: u32 = 0; // 0: none, 1: relu, 2: elu

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> filterValues: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

const quad = vec4u(0, 1, 2, 3);

// Four channels of the pixel that begins at `first`.
fn pixel(first: u32, channels: vec4u) -> vec4f {
  let i = first + channels;
  if (channelVectors) {
    return x[i.x >> 2];
  }
  return vec4f(x[i.x >> 2][i.x & 3], x[i.y >> 2][i.y & 3], x[i.z >> 2][i.z & 3], x[i.w >> 2][i.w & 3]);
}

// Four channels of the tap that begins at `first`.
fn weights(first: u32, channels: vec4u) -> vec4f {
  let i = first + channels;
  if (channelVectors) {
    return filterValues[i.x >> 2];
  }
  return vec4f(
    filterValues[i.x >> 2][i.x & 3],
    filterValues[i.y >> 2][i.y & 3],
    filterValues[i.z >> 2][i.z & 3],
    filterValues[i.w >> 2][i.w & 3],
  );
}

fn activate(z: vec4f) -> vec4f {
  switch activation {
    case 1: { return max(z, vec4f()); }
    case 2: { return select(exp(z) - 1.0, z, z > vec4f()); }
    default: { return z; }
  }
}

// Stores four channels from `channel` on of the pixel that begins at `first`, or those that exist.
fn store(first: u32, channel: u32, values: vec4f) {
  let i = first + channel;
  let count = parameters.channels - channel;
  y[i] = values.x;
  if (count > 1) { y[i + 1] = values.y; }
  if (count > 2) { y[i + 2] = values.z; }
  if (count > 3) { y[i + 3] = values.w; }
}

@compute @workgroup_size(workgroupSize)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let tile = (group.y * groups.x + group.x) * workgroupSize + local;
  let channelTiles = (parameters.channels + 3) / 4;
  let columnTiles = (parameters.outWidth + 3) / 4;
  let imageRows = parameters.batch * parameters.outHeight;
  let channel = tile % channelTiles * 4;
  let column = tile / channelTiles % columnTiles * 4;
  let row = tile / channelTiles / columnTiles;
  let plane = row / imageRows;
  if (plane >= parameters.planes) {
    return;
  }
  let channels = min(channel + quad, vec4u(parameters.channels - 1));
  let image = row % imageRows / parameters.outHeight * parameters.height;
  let top = i32(row % parameters.outHeight * parameters.strideY) - i32(parameters.padTop);
  let start = vec4i((column + quad) * parameters.strideX) - i32(parameters.padLeft);

  let rowWeights = parameters.filterWidth * parameters.channels;
  var weight = plane * parameters.filterHeight * rowWeights;
  var sums = mat4x4f(); // a pixel in each column
  for (var r = 0u; r < parameters.filterHeight; r++) {
    let inputY = u32(top + i32(r * parameters.dilationY)); // a negative one becomes larger than any height
    if (inputY >= parameters.height) {
      weight += rowWeights;
      continue;
    }
    let inputRow = (image + inputY) * parameters.width;
    for (var s = 0u; s < parameters.filterWidth; s++) {
      let inputX = vec4u(start + i32(s * parameters.dilationX));
      let inside = inputX < vec4u(parameters.width);
      let i = (inputRow + select(vec4u(), inputX, inside)) * parameters.channels;
      let w = weights(weight, channels);
      let products = mat4x4f(
        w * pixel(i.x, channels),
        w * pixel(i.y, channels),
        w * pixel(i.z, channels),
        w * pixel(i.w, channels),
      );
      sums[0] += select(vec4f(), products[0], inside.x);
      sums[1] += select(vec4f(), products[1], inside.y);
      sums[2] += select(vec4f(), products[2], inside.z);
      sums[3] += select(vec4f(), products[3], inside.w);
      weight += parameters.channels;
    }
  }

  var offset = vec4f();
  if (hasBias) {
    let i = plane * parameters.channels + channels;
    offset = vec4f(bias[i.x], bias[i.y], bias[i.z], bias[i.w]);
  }
  for (var p = 0u; p < 4 && column + p < parameters.outWidth; p++) {
    store((row * parameters.outWidth + column + p) * parameters.channels, channel, activate(sums[p] + offset));
  }
}
