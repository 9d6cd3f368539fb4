// Gradient of convolution by its filter, by quads of invocations, which need no barrier:
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
// A quad computes 16 channels x 16 filters of a group at one tap (r, s). Each of its invocations loads four channels and
// four filters of its own, four pixels at a time, and computes its channels with the filters of all four, which the quad
// swaps. A workgroup computes workgroupSize / 4 such tiles: filters first, then channels, taps and splits. Channels and
// filters past the end are computed from the last ones and not stored.
//
// Preconditions (the launch checks them): groupChannels and groupFilters are multiples of 4, and invocations lie in
// quads in the order of their index, as all known adapters put those of one-dimensional workgroups.

enable subgroups;
// All invocations of a quad take the same branches, which is what quads need; WGSL's rule speaks of whole subgroups.
diagnostic(off, subgroup_uniformity);

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

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> parts: array<vec4f>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

fn outer(column: vec4f, row: vec4f) -> mat4x4f {
  return mat4x4f(row * column.x, row * column.y, row * column.z, row * column.w);
}

fn acrossX(m: mat4x4f) -> mat4x4f {
  return mat4x4f(quadSwapX(m[0]), quadSwapX(m[1]), quadSwapX(m[2]), quadSwapX(m[3]));
}

fn acrossY(m: mat4x4f) -> mat4x4f {
  return mat4x4f(quadSwapY(m[0]), quadSwapY(m[1]), quadSwapY(m[2]), quadSwapY(m[3]));
}

fn acrossDiagonal(m: mat4x4f) -> mat4x4f {
  return mat4x4f(quadSwapDiagonal(m[0]), quadSwapDiagonal(m[1]), quadSwapDiagonal(m[2]), quadSwapDiagonal(m[3]));
}

// Stores four filters of four channels, if they exist; `first` is where the tap begins.
fn store(first: u32, channel: u32, column: u32, end: u32, sums: mat4x4f) {
  if (channel >= parameters.groupChannels || column >= end) {
    return;
  }
  let step = parameters.filters >> 2;
  let i = (first + channel * parameters.filters + column) >> 2;
  parts[i] = sums[0];
  parts[i + step] = sums[1];
  parts[i + 2 * step] = sums[2];
  parts[i + 3 * step] = sums[3];
}

@compute @workgroup_size(workgroupSize)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = (group.y * groups.x + group.x) * workgroupSize + local;
  let lane = index & 3;
  let tile = index >> 2;
  let groupTiles = (parameters.groupFilters + 15) / 16;
  let columnTiles = parameters.groups * groupTiles;
  let channelTiles = (parameters.groupChannels + 15) / 16;
  let taps = parameters.filterHeight * parameters.filterWidth;
  let columnTile = tile % columnTiles;
  let groupIndex = columnTile / groupTiles;
  let end = (groupIndex + 1) * parameters.groupFilters;
  let column = end - parameters.groupFilters + columnTile % groupTiles * 16;
  let channel = tile / columnTiles % channelTiles * 16 + lane * 4;
  let tapAndSplit = tile / columnTiles / channelTiles;
  let tap = tapAndSplit % taps;
  let split = tapAndSplit / taps;
  if (split >= parameters.splits) {
    return;
  }
  let channelQuads = parameters.channels >> 2;
  let filterQuads = parameters.filters >> 2;
  let inputStep = parameters.strideX * channelQuads;
  let ownColumn = min(column + lane * 4, end - 4) >> 2;
  let ownChannel = (groupIndex * parameters.groupChannels + min(channel, parameters.groupChannels - 4)) >> 2;

  // The tap is r rows and s columns from the window's first pixel. Output columns from firstJ to endJ meet the image at this tap.
  let r = tap / parameters.filterWidth * parameters.dilationY;
  let s = tap % parameters.filterWidth * parameters.dilationX;
  let missing = max(parameters.padLeft, s) - s;
  let firstJ = (missing + parameters.strideX - 1) / parameters.strideX;
  let reach = max(parameters.width + parameters.padLeft, s) - s;
  let endJ = min((reach + parameters.strideX - 1) / parameters.strideX, parameters.outWidth);

  var sums0 = mat4x4f();
  var sums1 = mat4x4f();
  var sums2 = mat4x4f();
  var sums3 = mat4x4f();
  var imageRow = split * parameters.splitRows;
  let endRow = min(imageRow + parameters.splitRows, parameters.imageRows);
  var image = imageRow / parameters.outHeight;
  var outputI = imageRow % parameters.outHeight;
  for (; imageRow < endRow; imageRow++) {
    let inputY = outputI * parameters.strideY + r - parameters.padTop; // one below 0 wraps to more than any height
    if (inputY < parameters.height) {
      let inputX = firstJ * parameters.strideX + s - parameters.padLeft;
      var i = ((image * parameters.height + inputY) * parameters.width + inputX) * channelQuads + ownChannel;
      var output = (imageRow * parameters.outWidth + firstJ) * filterQuads + ownColumn;
      var j = firstJ;
      for (; j + 4 <= endJ; j += 4) {
        // One channel in each column, at four pixels; one pixel in each column, for four filters.
        let channels = transpose(mat4x4f(x[i], x[i + inputStep], x[i + 2 * inputStep], x[i + 3 * inputStep]));
        let own = mat4x4f(
          dy[output],
          dy[output + filterQuads],
          dy[output + 2 * filterQuads],
          dy[output + 3 * filterQuads],
        );
        sums0 += own * channels;
        sums1 += acrossX(own) * channels;
        sums2 += acrossY(own) * channels;
        sums3 += acrossDiagonal(own) * channels;
        i += 4 * inputStep;
        output += 4 * filterQuads;
      }
      for (; j < endJ; j++) {
        let channels = x[i];
        let own = dy[output];
        sums0 += outer(channels, own);
        sums1 += outer(channels, quadSwapX(own));
        sums2 += outer(channels, quadSwapY(own));
        sums3 += outer(channels, quadSwapDiagonal(own));
        i += inputStep;
        output += filterQuads;
      }
    }
    outputI++;
    if (outputI == parameters.outHeight) {
      outputI = 0;
      image++;
    }
  }

  let first = split * parameters.partStride + tap * parameters.groupChannels * parameters.filters;
  store(first, channel, column + lane * 4, end, sums0);
  store(first, channel, column + (lane ^ 1) * 4, end, sums1);
  store(first, channel, column + (lane ^ 2) * 4, end, sums2);
  store(first, channel, column + (lane ^ 3) * 4, end, sums3);
}
