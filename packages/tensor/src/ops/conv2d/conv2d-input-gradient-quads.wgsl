// Gradient of convolution by its input, by quads of invocations, which need no barrier:
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
// A quad computes 16 pixels x 16 channels of a group. Each of its invocations loads four pixels of dy and the weights of
// four channels of its own, four filters at a time, and computes its pixels with the weights of all four, which the quad
// swaps. A workgroup computes workgroupSize / 4 such tiles, channels first, then pixels, then phases; `phaseTiles` tiles
// are kept for each phase. Pixels and channels past the end are computed from the last ones and not stored.
//
// Preconditions (the launch checks them): groupChannels and groupFilters are multiples of 4, and invocations lie in
// quads in the order of their index, as all known adapters put those of one-dimensional workgroups. Without bias, any buffer
// may be bound in its place.

enable subgroups;
// All invocations of a quad take the same branches, which is what quads need; WGSL's rule speaks of whole subgroups.
diagnostic(off, subgroup_uniformity);

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
override hasBias: bool = false;
override activation: u32 = 0; // 0: none, 1: relu, 2: elu

@group(0) @binding(0) var<storage, read> dy: array<vec4f>;
@group(0) @binding(1) var<storage, read> filterValues: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

const quad = vec4u(0, 1, 2, 3);

// Four filters' gradients at four output pixels: one pixel in each column of the matrix, 0 where a pixel is outside.
fn pixelTile(i: vec4u, inside: vec4<bool>) -> mat4x4f {
  return mat4x4f(
    select(vec4f(), dy[i.x], inside.x),
    select(vec4f(), dy[i.y], inside.y),
    select(vec4f(), dy[i.z], inside.z),
    select(vec4f(), dy[i.w], inside.w),
  );
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

fn activate(z: vec4f) -> vec4f {
  switch activation {
    case 1: { return max(z, vec4f()); }
    case 2: { return select(exp(z) - 1.0, z, z > vec4f()); }
    default: { return z; }
  }
}

// Stores four channels of the first `count` of four pixels.
fn store(pixel: vec4u, count: u32, column: u32, end: u32, sums: mat4x4f) {
  if (column >= end) {
    return;
  }
  var start = vec4f();
  if (hasBias) {
    start = bias[column >> 2];
  }
  let to = pixel * (parameters.channels >> 2) + (column >> 2);
  if (count > 0) { dx[to.x] = activate(sums[0] + start); }
  if (count > 1) { dx[to.y] = activate(sums[1] + start); }
  if (count > 2) { dx[to.z] = activate(sums[2] + start); }
  if (count > 3) { dx[to.w] = activate(sums[3] + start); }
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
  let index = (group.y * groups.x + group.x) * workgroupSize + local;
  let lane = index & 3;
  let tile = index >> 2;
  let phase = tile / parameters.phaseTiles;
  let phaseY = phase / parameters.phaseColumns;
  let phaseX = phase % parameters.phaseColumns;
  let phaseHeight = (parameters.height - phaseY + parameters.strideY - 1) / parameters.strideY;
  let phaseWidth = (parameters.width - phaseX + parameters.strideX - 1) / parameters.strideX;
  let rowCount = parameters.batch * phaseHeight * phaseWidth;
  let groupTiles = (parameters.groupChannels + 15) / 16;
  let columnTiles = parameters.groups * groupTiles;
  let firstRow = tile % parameters.phaseTiles / columnTiles * 16;
  if (phase >= parameters.phases || firstRow >= rowCount) {
    return;
  }
  let row = firstRow + lane * 4;
  let columnTile = tile % columnTiles;
  let groupIndex = columnTile / groupTiles;
  let columnInGroup = columnTile % groupTiles * 16;
  let ownColumn = min(columnInGroup + lane * 4, parameters.groupChannels - 4);
  let filterQuads = parameters.filters >> 2;
  let firstFilter = (groupIndex * parameters.groupFilters) >> 2;

  let rows = min(row + quad, vec4u(rowCount - 1));
  let phaseRow = rows / phaseWidth;
  let image = phaseRow / phaseHeight;
  let phaseI = phaseRow % phaseHeight;
  let phaseJ = rows % phaseWidth;
  let offsetY = phaseY + parameters.padTop;
  let offsetX = phaseX + parameters.padLeft;
  let firstR = firstTap(offsetY, parameters.strideY, parameters.dilationY, parameters.tapStepY);
  let firstS = firstTap(offsetX, parameters.strideX, parameters.dilationX, parameters.tapStepX);
  // Output pixels that the phase's first tap comes from; each further tap comes from one in front of it.
  let lastI = phaseI + outputAt(offsetY, firstR, parameters.strideY, parameters.dilationY);
  let lastJ = phaseJ + outputAt(offsetX, firstS, parameters.strideX, parameters.dilationX);

  var sums0 = mat4x4f();
  var sums1 = mat4x4f();
  var sums2 = mat4x4f();
  var sums3 = mat4x4f();
  let tileQuads = parameters.groupFilters >> 2;
  var outputI = lastI;
  for (var r = firstR; r < parameters.filterHeight; r += parameters.tapStepY) {
    var outputJ = lastJ;
    for (var s = firstS; s < parameters.filterWidth; s += parameters.tapStepX) {
      // One that is below 0 has wrapped round, so it is larger than any size.
      let inside = (outputI < vec4u(parameters.outHeight)) & (outputJ < vec4u(parameters.outWidth));
      let output = (image * parameters.outHeight + outputI) * parameters.outWidth + outputJ;
      var i = select(vec4u(), output * filterQuads + firstFilter, inside);
      let tap = (r * parameters.filterWidth + s) * parameters.groupChannels;
      var weight = (tap + ownColumn) * filterQuads + firstFilter;
      for (var k = 0u; k < tileQuads; k++) {
        let pixels = pixelTile(i, inside);
        // One filter in each column, its weights for four channels.
        let own = transpose(mat4x4f(
          filterValues[weight],
          filterValues[weight + filterQuads],
          filterValues[weight + 2 * filterQuads],
          filterValues[weight + 3 * filterQuads],
        ));
        sums0 += own * pixels;
        sums1 += acrossX(own) * pixels;
        sums2 += acrossY(own) * pixels;
        sums3 += acrossDiagonal(own) * pixels;
        i += 1;
        weight += 1;
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
  let count = rowCount - min(row, rowCount);
  store(pixel, count, column + lane * 4, end, sums0);
  store(pixel, count, column + (lane ^ 1) * 4, end, sums1);
  store(pixel, count, column + (lane ^ 2) * 4, end, sums2);
  store(pixel, count, column + (lane ^ 3) * 4, end, sums3);
}
