// y = activation(op(a) op(b) + bias), like matmul.wgsl, by quads of invocations, which need no barrier.
//
// y is [batches, rows, columns] and contiguous. Batches are numbered along four leading axes; aN and bN are the strides
// of the operands along them, 0 where an operand is stretched. Within a batch, element (i, k) of op(a) is at i * aRow + k * aInner, element (k, j) of op(b)
// at k * bInner + j * bColumn.
//
// A quad computes 16 rows x 16 columns. Each of its invocations loads four rows of op(a) and four columns of op(b) of its
// own, and computes its rows with the columns of all four, which the quad swaps. A workgroup computes workgroupSize / 4
// such tiles, columns first. Rows and columns past the end are computed from the last ones and not stored.
//
// Preconditions (the launch checks them): innerVectors or rowVectors holds, and invocations lie in quads in the order of
// their index, as all known adapters put those of one-dimensional workgroups.
//   innerVectors: inner and aRow are multiples of 4, aInner is 1; b has columnVectors, or bInner is 1 and bColumn a
//     multiple of 4
//   rowVectors: rows and aInner are multiples of 4, aRow is 1; b has columnVectors
//   columnVectors: columns and bInner are multiples of 4, bColumn is 1
// Without bias, any buffer may be bound in its place.

enable subgroups;
// All invocations of a quad take the same branches, which is what quads need; WGSL's rule speaks of whole subgroups.
diagnostic(off, subgroup_uniformity);

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

override workgroupSize: u32 = 64;
override innerVectors: bool = false;
override columnVectors: bool = false;
override hasBias: bool = false;
override activation: u32 = 0; // 0: none, 1: relu, 2: elu

@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

const quad = vec4u(0, 1, 2, 3);

// Where the batch's matrices begin. Multiples of 4 where operands are read in vectors, because the sizes are.
var<private> aStart: u32;
var<private> bStart: u32;

// Four rows of op(a), at k to k + 3: one row in each column of the matrix.
fn aTile(rows: vec4u, k: u32) -> mat4x4f {
  let i = (aStart + rows * parameters.aRow + k) >> vec4u(2);
  return mat4x4f(a[i.x], a[i.y], a[i.z], a[i.w]);
}

// Four columns of op(b), at k to k + 3: one k in each column of the matrix.
fn bTile(k: u32, columns: vec4u) -> mat4x4f {
  if (columnVectors) {
    let i = (bStart + (k + quad) * parameters.bInner + columns.x) >> vec4u(2);
    return mat4x4f(b[i.x], b[i.y], b[i.z], b[i.w]);
  }
  let i = (bStart + columns * parameters.bColumn + k) >> vec4u(2);
  return transpose(mat4x4f(b[i.x], b[i.y], b[i.z], b[i.w]));
}

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

@compute @workgroup_size(workgroupSize)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = (group.y * groups.x + group.x) * workgroupSize + local;
  let lane = index & 3;
  let tile = index >> 2;
  let columnTiles = (parameters.columns + 15) / 16;
  let matrixTiles = (parameters.rows + 15) / 16 * columnTiles;
  let batch = tile / matrixTiles;
  let row = tile % matrixTiles / columnTiles * 16 + lane * 4;
  let column = tile % columnTiles * 16;
  if (batch >= parameters.batches) {
    return;
  }
  let axes = place(batch);
  aStart = dot(axes, vec4u(parameters.a0, parameters.a1, parameters.a2, parameters.a3));
  bStart = dot(axes, vec4u(parameters.b0, parameters.b1, parameters.b2, parameters.b3));
  let rows = min(row + quad, vec4u(parameters.rows - 1));
  let columns = min(column + lane * 4 + quad, vec4u(parameters.columns - 1));

  var sums0 = mat4x4f();
  var sums1 = mat4x4f();
  var sums2 = mat4x4f();
  var sums3 = mat4x4f();
  if (innerVectors) {
    for (var k = 0u; k < parameters.inner; k += 4) {
      let aRows = aTile(rows, k);
      let own = bTile(k, columns);
      sums0 += own * aRows;
      sums1 += acrossX(own) * aRows;
      sums2 += acrossY(own) * aRows;
      sums3 += acrossDiagonal(own) * aRows;
    }
  } else {
    // The last columns and rows are whole vectors too, so clamping keeps them aligned.
    var i = (aStart + min(row, parameters.rows - 4)) >> 2;
    var j = (bStart + min(column + lane * 4, parameters.columns - 4)) >> 2;
    let aStep = parameters.aInner >> 2;
    let bStep = parameters.bInner >> 2;
    var k = 0u;
    for (; k + 4 <= parameters.inner; k += 4) {
      let aRows = transpose(mat4x4f(a[i], a[i + aStep], a[i + 2 * aStep], a[i + 3 * aStep]));
      let own = mat4x4f(b[j], b[j + bStep], b[j + 2 * bStep], b[j + 3 * bStep]);
      sums0 += own * aRows;
      sums1 += acrossX(own) * aRows;
      sums2 += acrossY(own) * aRows;
      sums3 += acrossDiagonal(own) * aRows;
      i += 4 * aStep;
      j += 4 * bStep;
    }
    for (; k < parameters.inner; k++) {
      let aRows = a[i];
      let own = b[j];
      sums0 += outer(aRows, own);
      sums1 += outer(aRows, quadSwapX(own));
      sums2 += outer(aRows, quadSwapY(own));
      sums3 += outer(aRows, quadSwapDiagonal(own));
      i += aStep;
      j += bStep;
    }
  }

  storeSquare(batch, row, column + lane * 4, sums0);
  storeSquare(batch, row, column + (lane ^ 1) * 4, sums1);
  storeSquare(batch, row, column + (lane ^ 2) * 4, sums2);
  storeSquare(batch, row, column + (lane ^ 3) * 4, sums3);
}
