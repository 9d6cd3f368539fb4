// dfilter[r, s, c, k] = sum over n, i, j of
//   x[n, i * strideY + r * dilationY - padTop, j * strideX + s * dilationX - padLeft, first + c] * dy[n, i, j, k],
// like conv2d-filter-gradient.wgsl, with layouts and preconditions as there, through workgroup memory.
//
// A workgroup of groupRows x groupColumns invocations computes 4 * blocks * groupRows channels for
// 4 * blocks * groupColumns filters of a group, at one tap, over one split of the batch * outHeight * outWidth = `pixels` output
// pixels, of which a split has `splitPixels`. An invocation computes blocks x blocks squares of 4 x 4 in registers. x
// and dy pass through workgroup memory `tileInner` pixels at a time. Where a pixel's tap is in x is worked out by one
// invocation a pixel, which steps from tile to tile without dividing.
//
// Preconditions (the launch checks them): blocks is 1 or 2, groupRows, groupColumns and tileInner powers of two,
// tileInner at most groupRows * groupColumns, groupRows and groupColumns multiples of blocks, splitPixels a multiple of
// tileInner, and the panels fit: 16 * tileInner * blocks * (groupRows + groupColumns) + 4 * tileInner bytes.

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
  pixels: u32,
  splits: u32,
  splitPixels: u32,
  partStride: u32,
}

override groupRows: u32 = 16;
override groupColumns: u32 = 16;
override blocks: u32 = 1;
override tileInner: u32 = 16;
override rowVectors: bool = false;
override columnVectors: bool = false;

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> parts: array<f32>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

const quad = vec4u(0, 1, 2, 3);

// Four channels, or four filters, to a vector: [tileInner, quads of the tile].
var<workgroup> channelPanel: array<vec4f, tileInner * blocks * groupRows>;
var<workgroup> filterPanel: array<vec4f, tileInner * blocks * groupColumns>;
// Where the tap of each of the tile's pixels begins in x.
var<workgroup> places: array<u32, tileInner>;
const nowhere = 0xffffffffu;

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

// Stores a square of 4 x 4, one channel in each column of the matrix.
fn storeSquare(first: u32, channel: u32, column: u32, end: u32, sums: mat4x4f) {
  store(first, channel, column, end, sums[0]);
  store(first, channel + 1, column, end, sums[1]);
  store(first, channel + 2, column, end, sums[2]);
  store(first, channel + 3, column, end, sums[3]);
}

@compute @workgroup_size(groupColumns, groupRows)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let rowQuads = blocks * groupRows;
  let columnQuads = blocks * groupColumns;
  let tile = group.y * groups.x + group.x;
  let groupTiles = (parameters.groupFilters + 4 * columnQuads - 1) / (4 * columnQuads);
  let columnTiles = parameters.groups * groupTiles;
  let channelTiles = (parameters.groupChannels + 4 * rowQuads - 1) / (4 * rowQuads);
  let taps = parameters.filterHeight * parameters.filterWidth;
  let columnTile = tile % columnTiles;
  let groupIndex = columnTile / groupTiles;
  let end = (groupIndex + 1) * parameters.groupFilters;
  let firstColumn = end - parameters.groupFilters + columnTile % groupTiles * 4 * columnQuads;
  let firstChannel = tile / columnTiles % channelTiles * 4 * rowQuads;
  let tapAndSplit = tile / columnTiles / channelTiles;
  let tap = tapAndSplit % taps;
  let split = tapAndSplit / taps;
  if (split >= parameters.splits) {
    return;
  }
  let y0 = local / groupColumns;
  let x0 = local % groupColumns;
  let lastChannel = vec4u(parameters.groupChannels - 1);
  let loadChannels = groupIndex * parameters.groupChannels + min(firstChannel + local % rowQuads * 4 + quad, lastChannel);
  let loadColumns = min(firstColumn + local % columnQuads * 4 + quad, vec4u(end - 1));

  // The output pixel whose tap this invocation finds, and the step from it to the one in the next tile.
  let r = tap / parameters.filterWidth * parameters.dilationY;
  let s = tap % parameters.filterWidth * parameters.dilationX;
  var pixel = split * parameters.splitPixels;
  let endPixel = min(pixel + parameters.splitPixels, parameters.pixels);
  let ownRow = (pixel + local) / parameters.outWidth;
  var image = ownRow / parameters.outHeight;
  var outputI = ownRow % parameters.outHeight;
  var outputJ = (pixel + local) % parameters.outWidth;
  let stepJ = tileInner % parameters.outWidth;
  let stepI = tileInner / parameters.outWidth % parameters.outHeight;
  let stepImage = tileInner / parameters.outWidth / parameters.outHeight;

  var sums00 = mat4x4f();
  var sums01 = mat4x4f();
  var sums10 = mat4x4f();
  var sums11 = mat4x4f();
  for (; pixel < endPixel; pixel += tileInner) {
    if (local < tileInner) {
      let inputY = outputI * parameters.strideY + r - parameters.padTop; // one below 0 wraps to more than any height
      let inputX = outputJ * parameters.strideX + s - parameters.padLeft;
      let inside = pixel + local < endPixel && inputY < parameters.height && inputX < parameters.width;
      let input = ((image * parameters.height + inputY) * parameters.width + inputX) * parameters.channels;
      places[local] = select(nowhere, input, inside);
      outputJ += stepJ;
      outputI += stepI;
      image += stepImage;
      if (outputJ >= parameters.outWidth) {
        outputJ -= parameters.outWidth;
        outputI++;
      }
      if (outputI >= parameters.outHeight) {
        outputI -= parameters.outHeight;
        image++;
      }
    }
    workgroupBarrier();
    for (var k = local / rowQuads; k < tileInner; k += groupColumns / blocks) {
      let at = places[k];
      let i = select(at, 0, at == nowhere) + loadChannels;
      channelPanel[k * rowQuads + local % rowQuads] = select(channelColumn(i), vec4f(), at == nowhere);
    }
    for (var k = local / columnQuads; k < tileInner; k += groupRows / blocks) {
      let at = places[k];
      let i = select(pixel + k, 0, at == nowhere) * parameters.filters + loadColumns;
      filterPanel[k * columnQuads + local % columnQuads] = select(filterRow(i), vec4f(), at == nowhere);
    }
    workgroupBarrier();
    for (var k = 0u; k < tileInner; k++) {
      let top = channelPanel[k * rowQuads + y0];
      let left = filterPanel[k * columnQuads + x0];
      sums00 += outer(top, left);
      if (blocks > 1) {
        let bottom = channelPanel[k * rowQuads + y0 + groupRows];
        let right = filterPanel[k * columnQuads + x0 + groupColumns];
        sums01 += outer(top, right);
        sums10 += outer(bottom, left);
        sums11 += outer(bottom, right);
      }
    }
    workgroupBarrier();
  }

  let first = split * parameters.partStride + tap * parameters.groupChannels * parameters.filters;
  let channel = firstChannel + 4 * y0;
  let column = firstColumn + 4 * x0;
  storeSquare(first, channel, column, end, sums00);
  if (blocks > 1) {
    storeSquare(first, channel, column + 4 * groupColumns, end, sums01);
    storeSquare(first, channel + 4 * groupRows, column, end, sums10);
    storeSquare(first, channel + 4 * groupRows, column + 4 * groupColumns, end, sums11);
  }
}
