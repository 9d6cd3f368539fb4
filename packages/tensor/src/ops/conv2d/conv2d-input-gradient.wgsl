// dx[n, y, x, c] = activation(bias[c] + sum over r, s, k with y + padTop = i * strideY + r * dilationY and
//   x + padLeft = j * strideX + s * dilationX of dy[n, i, j, first + k] * filter[r, s, c - firstChannel, first + k]),
// first and firstChannel being the first filter and channel of c's group.
//
// dx is [batch, height, width, channels], filter [filterHeight, filterWidth, groupChannels, filters], dy [batch,
// outHeight, outWidth, filters]. It is a matrix product whose rows are input pixels, whose columns are channels, and
// whose inner axis is (r, s, k). As a gradient it has neither bias nor activation; as a transposed convolution it may.
//
// Pixels with the same remainders of y and x by the strides meet the same taps (r, s): they form a phase, and a tile
// holds pixels of one phase, so that no tap is tried in vain and none needs a division. There are
// phaseColumns = min(strideX, width) phases along a row and min(strideY, height) along a column. The taps of a phase are
// tapStepY = strideY / gcd(strideY, dilationY) apart, at outputs that are outputStepY = dilationY / gcd apart.
//
// One invocation computes 4 pixels x 8 channels of a group in registers, with no barrier: a workgroup computes
// `workgroupSize` such tiles, channels first, then pixels, then phases; `phaseTiles` tiles are kept for each phase.
// Pixels and channels past the end are computed from the last ones and not stored.
//
// Precondition of the faster path (the launch checks it): innerVectors needs groupFilters to be a multiple of 4.
// Without bias, any buffer may be bound in its place.

struct Parameters {
  batch: u32,
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
  phases: u32,
  phaseColumns: u32,
  phaseTiles: u32,
  tapStepY: u32,
  tapStepX: u32,
  outputStepY: u32,
  outputStepX: u32,
}

override workgroupSize: u32 = 64;
override innerVectors: bool = false;
override hasBias: bool = false;
override activation: u32 = 0; // 0: none, 1: relu, 2: elu

@group(0) @binding(0) var<storage, read> dy: array<vec4f>;
@group(0) @binding(1) var<storage, read> filterValues: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

const quad = vec4u(0, 1, 2, 3);

// One filter's gradient at four output pixels, 0 where a pixel is outside.
fn pixelFilter(i: vec4u, inside: vec4<bool>) -> vec4f {
  let values = vec4f(dy[i.x >> 2][i.x & 3], dy[i.y >> 2][i.y & 3], dy[i.z >> 2][i.z & 3], dy[i.w >> 2][i.w & 3]);
  return select(vec4f(), values, inside);
}

// Four filters' gradients at four output pixels: one pixel in each column of the matrix.
fn pixelTile(first: vec4u, inside: vec4<bool>) -> mat4x4f {
  let i = first >> vec4u(2);
  return mat4x4f(
    select(vec4f(), dy[i.x], inside.x),
    select(vec4f(), dy[i.y], inside.y),
    select(vec4f(), dy[i.z], inside.z),
    select(vec4f(), dy[i.w], inside.w),
  );
}

// One filter's weights for four channels.
fn weightRow(i: vec4u) -> vec4f {
  return vec4f(
    filterValues[i.x >> 2][i.x & 3],
    filterValues[i.y >> 2][i.y & 3],
    filterValues[i.z >> 2][i.z & 3],
    filterValues[i.w >> 2][i.w & 3],
  );
}

// Four filters' weights for four channels: one filter in each column of the matrix.
fn weightTile(first: vec4u) -> mat4x4f {
  let i = first >> vec4u(2);
  return transpose(mat4x4f(filterValues[i.x], filterValues[i.y], filterValues[i.z], filterValues[i.w]));
}

fn outer(column: vec4f, row: vec4f) -> mat4x4f {
  return mat4x4f(row * column.x, row * column.y, row * column.z, row * column.w);
}

fn activate(z: vec4f) -> vec4f {
  switch activation {
    case 1: { return max(z, vec4f()); }
    case 2: { return select(exp(z) - 1.0, z, z > vec4f()); }
    default: { return z; }
  }
}

// Stores four channels of a pixel, or those before `end`.
fn store(pixel: u32, column: u32, end: u32, sums: vec4f) {
  if (column >= end) {
    return;
  }
  var z = sums;
  if (hasBias) {
    let i = min(column + quad, vec4u(end - 1));
    z += vec4f(bias[i.x], bias[i.y], bias[i.z], bias[i.w]);
  }
  let values = activate(z);
  let first = pixel * parameters.channels + column;
  let count = end - column;
  dx[first] = values.x;
  if (count > 1) { dx[first + 1] = values.y; }
  if (count > 2) { dx[first + 2] = values.z; }
  if (count > 3) { dx[first + 3] = values.w; }
}

// The first tap that pixels at `offset` from the first window's start meet; 0xffffffff where there is none.
fn firstTap(offset: u32, stride: u32, dilation: u32, tapStep: u32) -> u32 {
  for (var tap = 0u; tap < tapStep; tap++) {
    if (tap * dilation % stride == offset % stride) {
      return tap;
    }
  }
  return 0xffffffffu;
}

// The output at which pixels at `offset` meet a tap; one in front of the first wraps round.
fn outputAt(offset: u32, tap: u32, stride: u32, dilation: u32) -> u32 {
  return u32((i32(offset) - i32(tap * dilation)) / i32(stride));
}

@compute @workgroup_size(workgroupSize)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let tile = (group.y * groups.x + group.x) * workgroupSize + local;
  let phase = tile / parameters.phaseTiles;
  let phaseY = phase / parameters.phaseColumns;
  let phaseX = phase % parameters.phaseColumns;
  let phaseHeight = (parameters.height - phaseY + parameters.strideY - 1) / parameters.strideY;
  let phaseWidth = (parameters.width - phaseX + parameters.strideX - 1) / parameters.strideX;
  let rowCount = parameters.batch * phaseHeight * phaseWidth;
  let groupTiles = (parameters.groupChannels + 7) / 8;
  let columnTiles = parameters.groups * groupTiles;
  let row = tile % parameters.phaseTiles / columnTiles * 4;
  let columnTile = tile % columnTiles;
  let groupIndex = columnTile / groupTiles;
  let columnInGroup = columnTile % groupTiles * 8;
  if (phase >= parameters.phases || row >= rowCount) {
    return;
  }
  let lastColumn = vec4u(parameters.groupChannels - 1);
  let firstFilter = groupIndex * parameters.groupFilters;
  let leftColumns = min(columnInGroup + quad, lastColumn) * parameters.filters + firstFilter;
  let rightColumns = min(columnInGroup + 4 + quad, lastColumn) * parameters.filters + firstFilter;

  let index = min(row + quad, vec4u(rowCount - 1));
  let phaseRow = index / phaseWidth;
  let image = phaseRow / phaseHeight;
  let phaseI = phaseRow % phaseHeight;
  let phaseJ = index % phaseWidth;
  let offsetY = phaseY + parameters.padTop;
  let offsetX = phaseX + parameters.padLeft;
  let firstR = firstTap(offsetY, parameters.strideY, parameters.dilationY, parameters.tapStepY);
  let firstS = firstTap(offsetX, parameters.strideX, parameters.dilationX, parameters.tapStepX);
  // Output pixels that the phase's first tap comes from; each further tap comes from one in front of it.
  let lastI = phaseI + outputAt(offsetY, firstR, parameters.strideY, parameters.dilationY);
  let lastJ = phaseJ + outputAt(offsetX, firstS, parameters.strideX, parameters.dilationX);

  var left = mat4x4f();
  var right = mat4x4f();
  var outputI = lastI;
  for (var r = firstR; r < parameters.filterHeight; r += parameters.tapStepY) {
    var outputJ = lastJ;
    for (var s = firstS; s < parameters.filterWidth; s += parameters.tapStepX) {
      // One that is below 0 has wrapped round, so it is larger than any size.
      let inside = (outputI < vec4u(parameters.outHeight)) & (outputJ < vec4u(parameters.outWidth));
      if (any(inside)) {
        let output = (image * parameters.outHeight + outputI) * parameters.outWidth + outputJ;
        var i = select(vec4u(), output * parameters.filters + firstFilter, inside);
        let weight = (r * parameters.filterWidth + s) * parameters.groupChannels * parameters.filters;
        var leftWeights = weight + leftColumns;
        var rightWeights = weight + rightColumns;
        if (innerVectors) {
          for (var k = 0u; k < parameters.groupFilters; k += 4) {
            let pixels = pixelTile(i, inside);
            left += weightTile(leftWeights) * pixels;
            right += weightTile(rightWeights) * pixels;
            i += 4;
            leftWeights += 4;
            rightWeights += 4;
          }
        } else {
          for (var k = 0u; k < parameters.groupFilters; k++) {
            let pixels = pixelFilter(i, inside);
            left += outer(pixels, weightRow(leftWeights));
            right += outer(pixels, weightRow(rightWeights));
            i += 1;
            leftWeights += 1;
            rightWeights += 1;
          }
        }
      }
      outputJ -= parameters.outputStepX;
    }
    outputI -= parameters.outputStepY;
  }

  let inputY = phaseI * parameters.strideY + phaseY;
  let inputX = phaseJ * parameters.strideX + phaseX;
  let pixel = (image * parameters.height + inputY) * parameters.width + inputX;
  let end = (groupIndex + 1) * parameters.groupChannels;
  let column = end - parameters.groupChannels + columnInGroup;
  let sums = array(left[0], right[0], left[1], right[1], left[2], right[2], left[3], right[3]);
  for (var i = 0u; i < 8 && row + i / 2 < rowCount; i++) {
    store(pixel[i / 2], column + i % 2 * 4, end, sums[i]);
  }
}
