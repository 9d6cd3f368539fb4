// y[n, i, j, k] = activation(bias[k] + sum over r, s, c of
//   x[n, i * strideY + r * dilationY - padTop, j * strideX + s * dilationX - padLeft, first + c] * filter[r, s, c, k]),
// like conv2d.wgsl, with layouts and preconditions as there, through workgroup memory.
//
// A workgroup of groupRows x groupColumns invocations computes 4 * blocks * groupRows output pixels for
// 4 * blocks * groupColumns filters of a group; an invocation computes blocks x blocks squares of 4 x 4 in registers.
// Tap after tap, patches and filter pass through workgroup memory `tileInner` channels at a time, both with the channels
// outermost; channels past the end are 0. The pixels that an invocation loads stay the same, so no loop divides.
//
// Preconditions (the launch checks them): blocks is 1 or 2, tileInner a multiple of 4, groupRows, groupColumns and
// tileInner powers of two, and the panels fit: 16 * tileInner * blocks * (groupRows + groupColumns) bytes. An invocation
// keeps to one quad of pixels, so groupColumns is a multiple of blocks.

struct Parameters {
  rows: u32,
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
}

override groupRows: u32 = 16;
override groupColumns: u32 = 16;
override blocks: u32 = 1;
override tileInner: u32 = 32;
override innerVectors: bool = false;
override columnVectors: bool = false;
override hasBias: bool = false;
override activation: u32 = 0; // 0: none, 1: relu, 2: elu

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> filterValues: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

const quad = vec4u(0, 1, 2, 3);

// Four pixels, or four filters, to a vector: [tileInner, quads of the tile].
var<workgroup> pixelPanel: array<vec4f, tileInner * blocks * groupRows>;
var<workgroup> filterPanel: array<vec4f, tileInner * blocks * groupColumns>;

// One channel of four pixels, 0 where a pixel is outside.
fn pixelChannel(i: vec4u, inside: vec4<bool>) -> vec4f {
  let values = vec4f(x[i.x >> 2][i.x & 3], x[i.y >> 2][i.y & 3], x[i.z >> 2][i.z & 3], x[i.w >> 2][i.w & 3]);
  return select(vec4f(), values, inside);
}

// Four channels of four pixels: one pixel in each column of the matrix.
fn pixelTile(first: vec4u, inside: vec4<bool>) -> mat4x4f {
  let i = first >> vec4u(2);
  return mat4x4f(
    select(vec4f(), x[i.x], inside.x),
    select(vec4f(), x[i.y], inside.y),
    select(vec4f(), x[i.z], inside.z),
    select(vec4f(), x[i.w], inside.w),
  );
}

// Four channels of four pixels from the one at `c` on: one in each column of the matrix, 0 past the end.
fn pixelBlock(i: vec4u, c: u32, inside: vec4<bool>) -> mat4x4f {
  if (innerVectors) {
    if (c >= parameters.groupChannels) {
      return mat4x4f();
    }
    return transpose(pixelTile(i + c, inside));
  }
  return mat4x4f(
    pixelsAt(i, c, inside), pixelsAt(i, c + 1, inside), pixelsAt(i, c + 2, inside), pixelsAt(i, c + 3, inside),
  );
}

fn pixelsAt(i: vec4u, c: u32, inside: vec4<bool>) -> vec4f {
  if (c >= parameters.groupChannels) {
    return vec4f();
  }
  return pixelChannel(i + c, inside);
}

// One channel of four filters; `first` is where the channel's filters begin.
fn filterRow(first: u32, columns: vec4u) -> vec4f {
  let i = first + columns;
  if (columnVectors) {
    return filterValues[i.x >> 2];
  }
  return vec4f(
    filterValues[i.x >> 2][i.x & 3],
    filterValues[i.y >> 2][i.y & 3],
    filterValues[i.z >> 2][i.z & 3],
    filterValues[i.w >> 2][i.w & 3],
  );
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

// Stores four columns of a row, or those before `end`.
fn store(row: u32, column: u32, end: u32, sums: vec4f) {
  if (row >= parameters.rows || column >= end) {
    return;
  }
  var z = sums;
  if (hasBias) {
    let i = min(column + quad, vec4u(end - 1));
    z += vec4f(bias[i.x >> 2][i.x & 3], bias[i.y >> 2][i.y & 3], bias[i.z >> 2][i.z & 3], bias[i.w >> 2][i.w & 3]);
  }
  let values = activate(z);
  let first = row * parameters.filters + column;
  let count = end - column;
  y[first] = values.x;
  if (count > 1) { y[first + 1] = values.y; }
  if (count > 2) { y[first + 2] = values.z; }
  if (count > 3) { y[first + 3] = values.w; }
}

// Stores a square of 4 x 4, one row in each column of the matrix.
fn storeSquare(row: u32, column: u32, end: u32, sums: mat4x4f) {
  store(row, column, end, sums[0]);
  store(row + 1, column, end, sums[1]);
  store(row + 2, column, end, sums[2]);
  store(row + 3, column, end, sums[3]);
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
  let firstRow = tile / columnTiles * 4 * rowQuads;
  let columnTile = tile % columnTiles;
  let groupIndex = columnTile / groupTiles;
  let end = (groupIndex + 1) * parameters.groupFilters;
  let firstColumn = end - parameters.groupFilters + columnTile % groupTiles * 4 * columnQuads;
  if (firstRow >= parameters.rows) {
    return;
  }
  let y0 = local / groupColumns;
  let x0 = local % groupColumns;

  // Where the four pixels that this invocation loads have their windows.
  let loadRow = local % rowQuads;
  let pixel = min(firstRow + loadRow * 4 + quad, vec4u(parameters.rows - 1));
  let imageRow = pixel / parameters.outWidth;
  let image = imageRow / parameters.outHeight * parameters.height;
  let top = vec4i(imageRow % parameters.outHeight * parameters.strideY) - i32(parameters.padTop);
  let start = vec4i(pixel % parameters.outWidth * parameters.strideX) - i32(parameters.padLeft);
  let firstChannel = groupIndex * parameters.groupChannels;
  let loadColumns = min(firstColumn + local % columnQuads * 4 + quad, vec4u(end - 1));

  var sums00 = mat4x4f();
  var sums01 = mat4x4f();
  var sums10 = mat4x4f();
  var sums11 = mat4x4f();
  var r = 0u;
  var s = 0u;
  var firstC = 0u;
  var weight = 0u;
  while (r < parameters.filterHeight) {
    let inputY = vec4u(top + i32(r * parameters.dilationY)); // a negative one becomes larger than any height
    let inputX = vec4u(start + i32(s * parameters.dilationX));
    let inside = (inputY < vec4u(parameters.height)) & (inputX < vec4u(parameters.width));
    let input = ((image + inputY) * parameters.width + inputX) * parameters.channels + firstChannel;
    let i = select(vec4u(), input, inside);
    for (var k = local / rowQuads * 4; k < tileInner; k += groupColumns / blocks * 4) {
      let values = pixelBlock(i, firstC + k, inside);
      let to = k * rowQuads + loadRow;
      pixelPanel[to] = values[0];
      pixelPanel[to + rowQuads] = values[1];
      pixelPanel[to + 2 * rowQuads] = values[2];
      pixelPanel[to + 3 * rowQuads] = values[3];
    }
    for (var k = local / columnQuads; k < tileInner; k += groupRows / blocks) {
      let exists = firstC + k < parameters.groupChannels;
      let begin = select(0, weight + (firstC + k) * parameters.filters, exists);
      filterPanel[k * columnQuads + local % columnQuads] = select(vec4f(), filterRow(begin, loadColumns), exists);
    }
    workgroupBarrier();
    for (var k = 0u; k < tileInner; k++) {
      let top = pixelPanel[k * rowQuads + y0];
      let left = filterPanel[k * columnQuads + x0];
      sums00 += outer(top, left);
      if (blocks > 1) {
        let bottom = pixelPanel[k * rowQuads + y0 + groupRows];
        let right = filterPanel[k * columnQuads + x0 + groupColumns];
        sums01 += outer(top, right);
        sums10 += outer(bottom, left);
        sums11 += outer(bottom, right);
      }
    }
    workgroupBarrier();
    firstC += tileInner;
    if (firstC >= parameters.groupChannels) {
      firstC = 0;
      weight += parameters.groupChannels * parameters.filters;
      s++;
      if (s == parameters.filterWidth) {
        s = 0;
        r++;
      }
    }
  }

  let row = firstRow + 4 * y0;
  let column = firstColumn + 4 * x0;
  storeSquare(row, column, end, sums00);
  if (blocks > 1) {
    storeSquare(row, column + 4 * groupColumns, end, sums01);
    storeSquare(row + 4 * groupRows, column, end, sums10);
    storeSquare(row + 4 * groupRows, column + 4 * groupColumns, end, sums11);
  }
}
