// dfilter[m, r, s, c] = sum over n, i, j of
//   x[n, i * strideY + r * dilationY - padTop, j * strideX + s * dilationX - padLeft, c] * dy[m, n, i, j, c],
// pixels of x outside counting as 0; or a part of that sum.
//
// x is [batch, height, width, channels], dy [planes, batch, outHeight, outWidth, channels], dfilter [planes,
// filterHeight, filterWidth, channels]. The sum is long and dfilter is small, so it is split: each split sums `splitRows`
// of the batch * outHeight = `imageRows` rows of output pixels, and stores its part at split * partStride. One split
// gives dfilter itself; the parts of several are added, in order, by conv2d-sum-parts.wgsl.
//
// One invocation computes 4 channels at one tap of a plane in registers, with no barrier: a workgroup computes
// `workgroupSize` such tiles: channels first, then taps, planes and splits. Channels past the end are computed from the
// last ones and not stored.
//
// Precondition of the faster path (the launch checks it): channelVectors needs channels to be a multiple of 4.

struct Parameters {
  planes: u32,
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
  imageRows: u32,
  splits: u32,
  splitRows: u32,
  partStride: u32,
}

override workgroupSize: u32 = 64;
override channelVectors: bool = false;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> parts: array<f32>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

const quad = vec4u(0, 1, 2, 3);

// Four channels of an input pixel.
fn pixel(i: vec4u) -> vec4f {
  if (channelVectors) {
    return x[i.x >> 2];
  }
  return vec4f(x[i.x >> 2][i.x & 3], x[i.y >> 2][i.y & 3], x[i.z >> 2][i.z & 3], x[i.w >> 2][i.w & 3]);
}

// Four channels of an output pixel's gradient.
fn outputGradient(i: vec4u) -> vec4f {
  if (channelVectors) {
    return dy[i.x >> 2];
  }
  return vec4f(dy[i.x >> 2][i.x & 3], dy[i.y >> 2][i.y & 3], dy[i.z >> 2][i.z & 3], dy[i.w >> 2][i.w & 3]);
}

@compute @workgroup_size(workgroupSize)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let tile = (group.y * groups.x + group.x) * workgroupSize + local;
  let channelTiles = (parameters.channels + 3) / 4;
  let taps = parameters.filterHeight * parameters.filterWidth;
  let channel = tile % channelTiles * 4;
  let tap = tile / channelTiles % taps;
  let planeAndSplit = tile / channelTiles / taps;
  let plane = planeAndSplit % parameters.planes;
  let split = planeAndSplit / parameters.planes;
  if (split >= parameters.splits) {
    return;
  }
  let channels = min(channel + quad, vec4u(parameters.channels - 1));

  // The tap is r rows and s columns from the window's first pixel. Output columns from firstJ to endJ meet the image at
  // this tap.
  let r = tap / parameters.filterWidth * parameters.dilationY;
  let s = tap % parameters.filterWidth * parameters.dilationX;
  let missing = max(parameters.padLeft, s) - s;
  let firstJ = (missing + parameters.strideX - 1) / parameters.strideX;
  let reach = max(parameters.width + parameters.padLeft, s) - s;
  let endJ = min((reach + parameters.strideX - 1) / parameters.strideX, parameters.outWidth);

  var sum = vec4f();
  var imageRow = split * parameters.splitRows;
  let endRow = min(imageRow + parameters.splitRows, parameters.imageRows);
  var image = imageRow / parameters.outHeight;
  var outputI = imageRow % parameters.outHeight;
  for (; imageRow < endRow; imageRow++) {
    let inputY = outputI * parameters.strideY + r - parameters.padTop; // one below 0 wraps to more than any height
    if (inputY < parameters.height) {
      let inputX = firstJ * parameters.strideX + s - parameters.padLeft;
      var i = ((image * parameters.height + inputY) * parameters.width + inputX) * parameters.channels + channels;
      let outputRow = plane * parameters.imageRows + imageRow;
      var output = (outputRow * parameters.outWidth + firstJ) * parameters.channels + channels;
      for (var j = firstJ; j < endJ; j++) {
        sum += pixel(i) * outputGradient(output);
        i += parameters.strideX * parameters.channels;
        output += parameters.channels;
      }
    }
    outputI++;
    if (outputI == parameters.outHeight) {
      outputI = 0;
      image++;
    }
  }

  let first = split * parameters.partStride + (plane * taps + tap) * parameters.channels + channel;
  let count = parameters.channels - channel;
  parts[first] = sum.x;
  if (count > 1) { parts[first + 1] = sum.y; }
  if (count > 2) { parts[first + 2] = sum.z; }
  if (count > 3) { parts[first + 3] = sum.w; }
}
