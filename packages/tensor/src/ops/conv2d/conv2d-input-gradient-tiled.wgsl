// dx[n, y, x, c] = activation(bias[c] + sum over r, s, k with y + padTop = i * strideY + r * dilationY and
//   x + padLeft = j * strideX + s * dilationX of dy[n, i, j, first + k] * filter[r, s, c - firstChannel, first + k]),
// like conv2d-input-gradient.wgsl, with layouts, phases and preconditions as there, through workgroup memory.
//
// A workgroup of groupRows x groupColumns invocations computes 4 * blocks * groupRows input pixels of a phase for
// 4 * blocks * groupColumns channels of a group; an invocation computes blocks x blocks squares of 4 x 4 in registers.
// Tap after tap, dy and filter pass through workgroup memory `tileInner` filters at a time, both with the filters
// outermost; filters past the end are 0. The pixels that an invocation loads stay the same, so no loop divides.
// `phaseTiles` tiles are kept for each phase.
//
// Preconditions (the launch checks them): blocks is 1 or 2, tileInner a multiple of 4, groupRows, groupColumns and
// tileInner powers of two, and the panels fit: 16 * tileInner * blocks * (groupRows + groupColumns) bytes. An invocation
// keeps to one quad of pixels and one of channels, so groupRows and groupColumns are multiples of blocks.

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

// The pixels that have the same remainders of y and x by the strides.
struct Phase {
  y: u32,
  x: u32,
  height: u32,
  width: u32,
  rows: u32,
}

override groupRows: u32 = 16;
override groupColumns: u32 = 16;
override blocks: u32 = 1;
override tileInner: u32 = 32;
override innerVectors: bool = false;
override hasBias: bool = false;
override activation: u32 = 0; // 0: none, 1: relu, 2: elu

@group(0) @binding(0) var<storage, read> dy: array<vec4f>;
@group(0) @binding(1) var<storage, read> filterValues: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

const quad = vec4u(0, 1, 2, 3);

// Four pixels, or four channels, to a vector: [tileInner, quads of the tile].
var<workgroup> pixelPanel: array<vec4f, tileInner * blocks * groupRows>;
var<workgroup> weightPanel: array<vec4f, tileInner * blocks * groupColumns>;

fn phaseAt(index: u32) -> Phase {
  let y = index / parameters.phaseColumns;
  let x = index % parameters.phaseColumns;
  let height = (parameters.height - y + parameters.strideY - 1) / parameters.strideY;
  let width = (parameters.width - x + parameters.strideX - 1) / parameters.strideX;
  return Phase(y, x, height, width, parameters.batch * height * width);
}

// The places in dx of a phase's pixels.
fn inputPixel(phase: Phase, row: vec4u) -> vec4u {
  let phaseRow = row / phase.width;
  let y = phaseRow % phase.height * parameters.strideY + phase.y;
  let x = row % phase.width * parameters.strideX + phase.x;
  return (phaseRow / phase.height * parameters.height + y) * parameters.width + x;
}

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

// Four filters of four pixels from the one at `c` on: one in each column of the matrix, 0 past the end.
fn pixelBlock(i: vec4u, c: u32, inside: vec4<bool>) -> mat4x4f {
  if (innerVectors) {
    if (c >= parameters.groupFilters) {
      return mat4x4f();
    }
    return transpose(pixelTile(i + c, inside));
  }
  return mat4x4f(
    pixelsAt(i, c, inside), pixelsAt(i, c + 1, inside), pixelsAt(i, c + 2, inside), pixelsAt(i, c + 3, inside),
  );
}

fn pixelsAt(i: vec4u, c: u32, inside: vec4<bool>) -> vec4f {
  if (c >= parameters.groupFilters) {
    return vec4f();
  }
  return pixelFilter(i + c, inside);
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

// Four channels' weights for four filters from the one at `k` on: one filter in each column of the matrix, 0 past the
// end.
fn weightBlock(i: vec4u, k: u32) -> mat4x4f {
  if (innerVectors) {
    if (k >= parameters.groupFilters) {
      return mat4x4f();
    }
    return weightTile(i + k);
  }
  return mat4x4f(weightAt(i, k), weightAt(i, k + 1), weightAt(i, k + 2), weightAt(i, k + 3));
}

fn weightAt(i: vec4u, k: u32) -> vec4f {
  if (k >= parameters.groupFilters) {
    return vec4f();
  }
  return weightRow(i + k);
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

// Stores a square of 4 x 4, one pixel in each column of the matrix.
fn storeSquare(phase: Phase, row: u32, column: u32, end: u32, sums: mat4x4f) {
  let pixel = inputPixel(phase, row + quad);
  for (var i = 0u; i < 4 && row + i < phase.rows; i++) {
    store(pixel[i], column, end, sums[i]);
  }
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

@compute @workgroup_size(groupColumns, groupRows)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let rowQuads = blocks * groupRows;
  let columnQuads = blocks * groupColumns;
  let tile = group.y * groups.x + group.x;
  let phaseIndex = tile / parameters.phaseTiles;
  if (phaseIndex >= parameters.phases) {
    return;
  }
  let phase = phaseAt(phaseIndex);
  let groupTiles = (parameters.groupChannels + 4 * columnQuads - 1) / (4 * columnQuads);
  let columnTiles = parameters.groups * groupTiles;
  let firstRow = tile % parameters.phaseTiles / columnTiles * 4 * rowQuads;
  if (firstRow >= phase.rows) {
    return;
  }
  let columnTile = tile % columnTiles;
  let groupIndex = columnTile / groupTiles;
  let end = (groupIndex + 1) * parameters.groupChannels;
  let columnInGroup = columnTile % groupTiles * 4 * columnQuads;
  let y0 = local / groupColumns;
  let x0 = local % groupColumns;

  // Where the four pixels and channels that this invocation loads begin.
  let loadRow = local % rowQuads;
  let index = min(firstRow + loadRow * 4 + quad, vec4u(phase.rows - 1));
  let phaseRow = index / phase.width;
  let image = phaseRow / phase.height;
  let offsetY = phase.y + parameters.padTop;
  let offsetX = phase.x + parameters.padLeft;
  let firstR = firstTap(offsetY, parameters.strideY, parameters.dilationY, parameters.tapStepY);
  let firstS = firstTap(offsetX, parameters.strideX, parameters.dilationX, parameters.tapStepX);
  // Output pixels that the phase's first tap comes from; each further tap comes from one in front of it.
  let lastJ = index % phase.width + outputAt(offsetX, firstS, parameters.strideX, parameters.dilationX);
  var outputI = phaseRow % phase.height + outputAt(offsetY, firstR, parameters.strideY, parameters.dilationY);
  var outputJ = lastJ;
  let firstFilter = groupIndex * parameters.groupFilters;
  let loadColumn = local % columnQuads;
  let channels = min(columnInGroup + loadColumn * 4 + quad, vec4u(parameters.groupChannels - 1));
  let weights = channels * parameters.filters + firstFilter;

  var sums00 = mat4x4f();
  var sums01 = mat4x4f();
  var sums10 = mat4x4f();
  var sums11 = mat4x4f();
  var r = select(firstR, parameters.filterHeight, firstS >= parameters.filterWidth);
  var s = firstS;
  var firstK = 0u;
  while (r < parameters.filterHeight) {
    // One that is below 0 has wrapped round, so it is larger than any size.
    let inside = (outputI < vec4u(parameters.outHeight)) & (outputJ < vec4u(parameters.outWidth));
    let output = (image * parameters.outHeight + outputI) * parameters.outWidth + outputJ;
    let i = select(vec4u(), output * parameters.filters + firstFilter, inside);
    for (var k = local / rowQuads * 4; k < tileInner; k += groupColumns / blocks * 4) {
      let values = pixelBlock(i, firstK + k, inside);
      let to = k * rowQuads + loadRow;
      pixelPanel[to] = values[0];
      pixelPanel[to + rowQuads] = values[1];
      pixelPanel[to + 2 * rowQuads] = values[2];
      pixelPanel[to + 3 * rowQuads] = values[3];
    }
    let weight = (r * parameters.filterWidth + s) * parameters.groupChannels * parameters.filters + weights;
    for (var k = local / columnQuads * 4; k < tileInner; k += groupRows / blocks * 4) {
      let values = weightBlock(weight, firstK + k);
      let to = k * columnQuads + loadColumn;
      weightPanel[to] = values[0];
      weightPanel[to + columnQuads] = values[1];
      weightPanel[to + 2 * columnQuads] = values[2];
      weightPanel[to + 3 * columnQuads] = values[3];
    }
    workgroupBarrier();
    for (var k = 0u; k < tileInner; k++) {
      let top = pixelPanel[k * rowQuads + y0];
      let left = weightPanel[k * columnQuads + x0];
      sums00 += outer(top, left);
      if (blocks > 1) {
        let bottom = pixelPanel[k * rowQuads + y0 + groupRows];
        let right = weightPanel[k * columnQuads + x0 + groupColumns];
        sums01 += outer(top, right);
        sums10 += outer(bottom, left);
        sums11 += outer(bottom, right);
      }
    }
    workgroupBarrier();
    firstK += tileInner;
    if (firstK >= parameters.groupFilters) {
      firstK = 0;
      s += parameters.tapStepX;
      outputJ -= parameters.outputStepX;
      if (s >= parameters.filterWidth) {
        s = firstS;
        outputJ = lastJ;
        r += parameters.tapStepY;
        outputI -= parameters.outputStepY;
      }
    }
  }

  let row = firstRow + 4 * y0;
  let column = end - parameters.groupChannels + columnInGroup + 4 * x0;
  storeSquare(phase, row, column, end, sums00);
  if (blocks > 1) {
    storeSquare(phase, row, column + 4 * groupColumns, end, sums01);
    storeSquare(phase, row + 4 * groupRows, column, end, sums10);
    storeSquare(phase, row + 4 * groupRows, column + 4 * groupColumns, end, sums11);
  }
}
