// y = activation(op(a) op(b) + bias), like matmul.wgsl, with layouts and preconditions as there, through workgroup memory.
//
// A workgroup of groupRows x groupColumns invocations computes a tile of 4 * blocks * groupRows rows and
// 4 * blocks * groupColumns columns; an invocation computes blocks x blocks squares of 4 x 4 in registers, groupRows rows
// of squares and groupColumns columns of squares apart. op(a) and op(b) pass through workgroup memory `tileInner` of the inner axis at
// a time, both with the inner axis outermost, so that an invocation reads whole vectors; past the end they are 0.
//
// Preconditions (the launch checks them): blocks is 1 or 2, tileInner a multiple of 4, groupRows, groupColumns and tileInner powers of two,
// and the panels fit: 16 * tileInner * blocks * (groupRows + groupColumns) bytes.

struct Parameters {
  rows: u32,
  inner: u32,
  columns: u32,
  aRow: u32,
  aInner: u32,
  bInner: u32,
  bColumn: u32,
  batches: u32,
  size1: u32, size2: u32, size3: u32,
  a0: u32, a1: u32, a2: u32, a3: u32,
  b0: u32, b1: u32, b2: u32, b3: u32,
}

override groupRows: u32 = 16;
override groupColumns: u32 = 16;
override blocks: u32 = 1;
override tileInner: u32 = 32;
override innerVectors: bool = false;
override rowVectors: bool = false;
override columnVectors: bool = false;
override hasBias: bool = false;
override activation: u32 = 0; // 0: none, 1: relu, 2: elu

@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

const quad = vec4u(0, 1, 2, 3);

// Four rows, or four columns, to a vector: [tileInner, quads of the tile].
var<workgroup> aPanel: array<vec4f, tileInner * blocks * groupRows>;
var<workgroup> bPanel: array<vec4f, tileInner * blocks * groupColumns>;

// Where the batch's matrices begin. Multiples of 4 where operands are read in vectors, because the sizes are.
var<private> aStart: u32;
var<private> bStart: u32;

// Four rows of op(a), at one k, 0 past the end.
fn aColumn(rows: vec4u, k: u32) -> vec4f {
  if (k >= parameters.inner) {
    return vec4f();
  }
  if (rowVectors) {
    return a[(aStart + rows.x + k * parameters.aInner) >> 2];
  }
  let i = aStart + rows * parameters.aRow + k * parameters.aInner;
  return vec4f(a[i.x >> 2][i.x & 3], a[i.y >> 2][i.y & 3], a[i.z >> 2][i.z & 3], a[i.w >> 2][i.w & 3]);
}

// Four columns of op(b), at one k, 0 past the end.
fn bRow(k: u32, columns: vec4u) -> vec4f {
  if (k >= parameters.inner) {
    return vec4f();
  }
  if (columnVectors) {
    return b[(bStart + k * parameters.bInner + columns.x) >> 2];
  }
  let i = bStart + k * parameters.bInner + columns * parameters.bColumn;
  return vec4f(b[i.x >> 2][i.x & 3], b[i.y >> 2][i.y & 3], b[i.z >> 2][i.z & 3], b[i.w >> 2][i.w & 3]);
}

// Four rows of op(a) at k to k + 3, one k in each column of the matrix, 0 past the end.
fn aBlock(row: u32, k: u32) -> mat4x4f {
  let rows = min(row + quad, vec4u(parameters.rows - 1));
  if (innerVectors) {
    if (k >= parameters.inner) {
      return mat4x4f();
    }
    let i = (aStart + rows * parameters.aRow + k) >> vec4u(2);
    return transpose(mat4x4f(a[i.x], a[i.y], a[i.z], a[i.w]));
  }
  return mat4x4f(aColumn(rows, k), aColumn(rows, k + 1), aColumn(rows, k + 2), aColumn(rows, k + 3));
}

// Four columns of op(b) at k to k + 3, one k in each column of the matrix, 0 past the end.
fn bBlock(k: u32, column: u32) -> mat4x4f {
  let columns = min(column + quad, vec4u(parameters.columns - 1));
  if (innerVectors && !columnVectors) {
    if (k >= parameters.inner) {
      return mat4x4f();
    }
    let i = (bStart + columns * parameters.bColumn + k) >> vec4u(2);
    return transpose(mat4x4f(b[i.x], b[i.y], b[i.z], b[i.w]));
  }
  return mat4x4f(bRow(k, columns), bRow(k + 1, columns), bRow(k + 2, columns), bRow(k + 3, columns));
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

// The place of a batch along the four leading axes.
fn place(batch: u32) -> vec4u {
  let rest = batch / parameters.size3;
  let outer = rest / parameters.size2;
  return vec4u(
    outer / parameters.size1, outer % parameters.size1, rest % parameters.size2, batch % parameters.size3,
  );
}

// Stores four columns of a row, or those that exist.
fn store(batch: u32, row: u32, column: u32, sums: vec4f) {
  if (row >= parameters.rows || column >= parameters.columns) {
    return;
  }
  var z = sums;
  if (hasBias) {
    let i = min(column + quad, vec4u(parameters.columns - 1));
    z += vec4f(bias[i.x >> 2][i.x & 3], bias[i.y >> 2][i.y & 3], bias[i.z >> 2][i.z & 3], bias[i.w >> 2][i.w & 3]);
  }
  let values = activate(z);
  let first = (batch * parameters.rows + row) * parameters.columns + column;
  let count = parameters.columns - column;
  y[first] = values.x;
  if (count > 1) { y[first + 1] = values.y; }
  if (count > 2) { y[first + 2] = values.z; }
  if (count > 3) { y[first + 3] = values.w; }
}

// Stores a square of 4 x 4, one row in each column of the matrix.
fn storeSquare(batch: u32, row: u32, column: u32, sums: mat4x4f) {
  store(batch, row, column, sums[0]);
  store(batch, row + 1, column, sums[1]);
  store(batch, row + 2, column, sums[2]);
  store(batch, row + 3, column, sums[3]);
}

@compute @workgroup_size(groupColumns, groupRows)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let rowQuads = blocks * groupRows;
  let columnQuads = blocks * groupColumns;
  let columnTiles = (parameters.columns + 4 * columnQuads - 1) / (4 * columnQuads);
  let matrixTiles = (parameters.rows + 4 * rowQuads - 1) / (4 * rowQuads) * columnTiles;
  let tile = group.y * groups.x + group.x;
  let batch = tile / matrixTiles;
  let firstRow = tile % matrixTiles / columnTiles * 4 * rowQuads;
  let firstColumn = tile % columnTiles * 4 * columnQuads;
  if (batch >= parameters.batches) {
    return;
  }
  let axes = place(batch);
  aStart = dot(axes, vec4u(parameters.a0, parameters.a1, parameters.a2, parameters.a3));
  bStart = dot(axes, vec4u(parameters.b0, parameters.b1, parameters.b2, parameters.b3));
  let y0 = local / groupColumns;
  let x0 = local % groupColumns;

  var sums00 = mat4x4f();
  var sums01 = mat4x4f();
  var sums10 = mat4x4f();
  var sums11 = mat4x4f();
  for (var first = 0u; first < parameters.inner; first += tileInner) {
    for (var i = local; i < rowQuads * tileInner / 4; i += groupRows * groupColumns) {
      let k = i / rowQuads * 4;
      let values = aBlock(firstRow + i % rowQuads * 4, first + k);
      let to = k * rowQuads + i % rowQuads;
      aPanel[to] = values[0];
      aPanel[to + rowQuads] = values[1];
      aPanel[to + 2 * rowQuads] = values[2];
      aPanel[to + 3 * rowQuads] = values[3];
    }
    for (var i = local; i < columnQuads * tileInner / 4; i += groupRows * groupColumns) {
      let k = i / columnQuads * 4;
      let values = bBlock(first + k, firstColumn + i % columnQuads * 4);
      let to = k * columnQuads + i % columnQuads;
      bPanel[to] = values[0];
      bPanel[to + columnQuads] = values[1];
      bPanel[to + 2 * columnQuads] = values[2];
      bPanel[to + 3 * columnQuads] = values[3];
    }
    workgroupBarrier();
    for (var k = 0u; k < tileInner; k++) {
      let top = aPanel[k * rowQuads + y0];
      let left = bPanel[k * columnQuads + x0];
      sums00 += outer(top, left);
      if (blocks > 1) {
        let bottom = aPanel[k * rowQuads + y0 + groupRows];
        let right = bPanel[k * columnQuads + x0 + groupColumns];
        sums01 += outer(top, right);
        sums10 += outer(bottom, left);
        sums11 += outer(bottom, right);
      }
    }
    workgroupBarrier();
  }

  let row = firstRow + 4 * y0;
  let column = firstColumn + 4 * x0;
  storeSquare(batch, row, column, sums00);
  if (blocks > 1) {
    storeSquare(batch, row, column + 4 * groupColumns, sums01);
    storeSquare(batch, row + 4 * groupRows, column, sums10);
    storeSquare(batch, row + 4 * groupRows, column + 4 * groupColumns, sums11);
  }
}
