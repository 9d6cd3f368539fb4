// dfilter[r, s, c, k] = sum over n, i, j of
//   x[n, i * strideY + r * dilationY - padTop, j * strideX + s * dilationX - padLeft, first + c] * dy[n, i, j, k],
// pixels of x outside counting as 0, and first being the first channel of filter k's group; or a part of that sum.
//
// x is [batch, height, width, channels], dy [batch, outHeight, outWidth, filters], dfilter [filterHeight, filterWidth,
// groupChannels, filters]. It is a matrix product whose rows are (r, s, c), whose columns are filters, and whose inner
// axis is the output pixels of the batch. That axis is long and the others may be short, so it is split: each split sums
// `splitRows` of the batch * outHeight = `imageRows` rows of output pixels, and stores its part at split * partStride.
// One split gives dfilter itself; the parts of several are added, in order, by conv2d-sum-parts.wgsl.
//
// One invocation computes 4 channels x 8 filters of a group at one tap (r, s) in registers, with no barrier: a workgroup
// computes `workgroupSize` such tiles: filters first, then channels, taps and splits. Channels and filters past the end
// are computed from the last ones and not stored.
//
// Preconditions of the faster paths (the launch checks them): rowVectors needs groupChannels to be a multiple of 4,
// columnVectors groupFilters.

struct Parameters {
  height: u32,
  width: u32,
  channels: u32,
  filterHeight: u32,
  filterWidth: u32,
  filters: u32,
  strideY: u32,
  strideX: u32,
  dilationY: u32,
  dilationX: u32,
  padTop: u32,
  padLeft: u32,
  outHeight: u32,
  outWidth: u32,
  groups: u32,
  groupChannels: u32,
  groupFilters: u32,
  imageRows: u32,
  splits: u32,
  splitRows: u32,
  partStride: u32,
}

override workgroupSize: u32 = 64;
override rowVectors: bool = false;
override columnVectors: bool = false;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> parts: array<f32>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

const quad = vec4u(0, 1, 2, 3);

// Four channels of one input pixel.
fn channelColumn(i: vec4u) -> vec4f {
  if (rowVectors) {
    return x[i.x >> 2];
  }
  return vec4f(x[i.x >> 2][i.x & 3], x[i.y >> 2][i.y & 3], x[i.z >> 2][i.z & 3], x[i.w >> 2][i.w & 3]);
}

// Four filters' gradients at one output pixel.
fn filterRow(i: vec4u) -> vec4f {
  if (columnVectors) {
    return dy[i.x >> 2];
  }
  return vec4f(dy[i.x >> 2][i.x & 3], dy[i.y >> 2][i.y & 3], dy[i.z >> 2][i.z & 3], dy[i.w >> 2][i.w & 3]);
}

fn outer(column: vec4f, row: vec4f) -> mat4x4f {
  return mat4x4f(row * column.x, row * column.y, row * column.z, row * column.w);
}

// Stores four filters of a channel, or those before `end`; `first` is where the tap begins.
fn store(first: u32, channel: u32, column: u32, end: u32, sums: vec4f) {
  if (channel >= parameters.groupChannels || column >= end) {
    return;
  }
  let i = first + channel * parameters.filters + column;
  let count = end - column;
  parts[i] = sums.x;
  if (count > 1) { parts[i + 1] = sums.y; }
  if (count > 2) { parts[i + 2] = sums.z; }
  if (count > 3) { parts[i + 3] = sums.w; }
}

@compute @workgroup_size(workgroupSize)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let tile = (group.y * groups.x + group.x) * workgroupSize + local;
  let groupTiles = (parameters.groupFilters + 7) / 8;
  let columnTiles = parameters.groups * groupTiles;
  let channelTiles = (parameters.groupChannels + 3) / 4;
  let taps = parameters.filterHeight * parameters.filterWidth;
  let columnTile = tile % columnTiles;
  let groupIndex = columnTile / groupTiles;
  let end = (groupIndex + 1) * parameters.groupFilters;
  let column = end - parameters.groupFilters + columnTile % groupTiles * 8;
  let channel = tile / columnTiles % channelTiles * 4;
  let tapAndSplit = tile / columnTiles / channelTiles;
  let tap = tapAndSplit % taps;
  let split = tapAndSplit / taps;
  if (split >= parameters.splits) {
    return;
  }
  let leftColumns = min(column + quad, vec4u(end - 1));
  let rightColumns = min(column + 4 + quad, vec4u(end - 1));
  let lastChannel = vec4u(parameters.groupChannels - 1);
  let channels = groupIndex * parameters.groupChannels + min(channel + quad, lastChannel);

  // The tap is r rows and s columns from the window's first pixel. Output columns from firstJ to endJ meet the image at this tap.
  let r = tap / parameters.filterWidth * parameters.dilationY;
  let s = tap % parameters.filterWidth * parameters.dilationX;
  let missing = max(parameters.padLeft, s) - s;
  let firstJ = (missing + parameters.strideX - 1) / parameters.strideX;
  let reach = max(parameters.width + parameters.padLeft, s) - s;
  let endJ = min((reach + parameters.strideX - 1) / parameters.strideX, parameters.outWidth);

  var left = mat4x4f();
  var right = mat4x4f();
  var imageRow = split * parameters.splitRows;
  let endRow = min(imageRow + parameters.splitRows, parameters.imageRows);
  var image = imageRow / parameters.outHeight;
  var outputI = imageRow % parameters.outHeight;
  for (; imageRow < endRow; imageRow++) {
    let inputY = outputI * parameters.strideY + r - parameters.padTop; // one below 0 wraps to more than any height
    if (inputY < parameters.height) {
      let inputX = firstJ * parameters.strideX + s - parameters.padLeft;
      var i = ((image * parameters.height + inputY) * parameters.width + inputX) * parameters.channels + channels;
      let output = (imageRow * parameters.outWidth + firstJ) * parameters.filters;
      var leftI = output + leftColumns;
      var rightI = output + rightColumns;
      for (var j = firstJ; j < endJ; j++) {
        let pixel = channelColumn(i);
        left += outer(pixel, filterRow(leftI));
        right += outer(pixel, filterRow(rightI));
        i += parameters.strideX * parameters.channels;
        leftI += parameters.filters;
        rightI += parameters.filters;
      }
    }
    outputI++;
    if (outputI == parameters.outHeight) {
      outputI = 0;
      image++;
    }
  }

  let first = split * parameters.partStride + tap * parameters.groupChannels * parameters.filters;
  let sums = array(left[0], right[0], left[1], right[1], left[2], right[2], left[3], right[3]);
  for (var i = 0u; i < 8; i++) {
    store(first, channel + i / 2, column + i % 2 * 4, end, sums[i]);
  }
}
