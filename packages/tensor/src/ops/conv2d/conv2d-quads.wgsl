// Convolution by quads of invocations, which need no barrier:
// y[n, i, j, k] = activation(bias[k] + sum over r, s, c of
//   x[n, i * strideY + r * dilationY - padTop, j * strideX + s * dilationX - padLeft, first + c] * filter[r, s, c, k]),
// pixels outside counting as 0, and first being the first channel of filter k's group.
//
// x is [batch, height, width, channels], filter [filterHeight, filterWidth, groupChannels, filters], y [batch,
// outHeight, outWidth, filters]. It is the matrix product of patches, which are never stored, and the filter: rows are
// the batch * outHeight * outWidth output pixels, columns the filters, and the inner axis is (r, s, c).
//
// A quad computes 16 pixels x 16 filters of a group. Each of its invocations loads four pixels and four filters of its
// own, four channels at a time, and computes its pixels with the filters of all four, which the quad swaps: a vector that
// is loaded serves 16 sums of each invocation's 64. A workgroup computes workgroupSize / 4 such tiles, filters first. Pixels and
// filters past the end are computed from the last ones and not stored.
//
// Preconditions (the launch checks them): groupChannels and groupFilters are multiples of 4, and invocations lie in
// quads in the order of their index, as all known adapters put those of one-dimensional workgroups. Without bias, any buffer
// may be bound in its place.

enable subgroups;
// All invocations of a quad take the same branches, which is what quads need; WGSL's rule speaks of whole subgroups.
diagnostic(off, subgroup_uniformity);

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

override workgroupSize: u32 = 64;
override hasBias: bool = false;
override activation: u32 = 0; // 0: none, 1: relu, 2: elu

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> filterValues: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

const quad = vec4u(0, 1, 2, 3);

// Four channels of four pixels: one pixel in each column of the matrix, 0 where a pixel is outside.
fn pixelTile(i: vec4u, inside: vec4<bool>) -> mat4x4f {
  return mat4x4f(
    select(vec4f(), x[i.x], inside.x),
    select(vec4f(), x[i.y], inside.y),
    select(vec4f(), x[i.z], inside.z),
    select(vec4f(), x[i.w], inside.w),
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

// Stores four filters of four pixels, or of those that exist.
fn store(row: u32, column: u32, end: u32, sums: mat4x4f) {
  if (column >= end) {
    return;
  }
  var start = vec4f();
  if (hasBias) {
    start = bias[column >> 2];
  }
  let step = parameters.filters >> 2;
  let first = row * step + (column >> 2);
  let count = parameters.rows - min(row, parameters.rows);
  if (count > 0) { y[first] = activate(sums[0] + start); }
  if (count > 1) { y[first + step] = activate(sums[1] + start); }
  if (count > 2) { y[first + 2 * step] = activate(sums[2] + start); }
  if (count > 3) { y[first + 3 * step] = activate(sums[3] + start); }
}

@compute @workgroup_size(workgroupSize)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let index = (group.y * groups.x + group.x) * workgroupSize + local;
  let lane = index & 3;
  let groupTiles = (parameters.groupFilters + 15) / 16;
  let columnTiles = parameters.groups * groupTiles;
  let tile = index >> 2;
  if (tile / columnTiles * 16 >= parameters.rows) {
    return;
  }
  let row = tile / columnTiles * 16 + lane * 4;
  let columnTile = tile % columnTiles;
  let groupIndex = columnTile / groupTiles;
  let end = (groupIndex + 1) * parameters.groupFilters;
  let column = end - parameters.groupFilters + columnTile % groupTiles * 16;
  let ownColumn = min(column + lane * 4, end - 4);

  let pixel = min(row + quad, vec4u(parameters.rows - 1));
  let imageRow = pixel / parameters.outWidth;
  let image = imageRow / parameters.outHeight * parameters.height;
  let top = vec4i(imageRow % parameters.outHeight * parameters.strideY) - i32(parameters.padTop);
  let start = vec4i(pixel % parameters.outWidth * parameters.strideX) - i32(parameters.padLeft);

  var sums0 = mat4x4f();
  var sums1 = mat4x4f();
  var sums2 = mat4x4f();
  var sums3 = mat4x4f();
  let filterStep = parameters.filters >> 2;
  var weight = ownColumn >> 2;
  let channelQuads = parameters.channels >> 2;
  let firstChannel = (groupIndex * parameters.groupChannels) >> 2;
  let tileQuads = parameters.groupChannels >> 2;
  for (var r = 0u; r < parameters.filterHeight; r++) {
    let inputY = vec4u(top + i32(r * parameters.dilationY)); // a negative one becomes larger than any height
    for (var s = 0u; s < parameters.filterWidth; s++) {
      let inputX = vec4u(start + i32(s * parameters.dilationX));
      let inside = (inputY < vec4u(parameters.height)) & (inputX < vec4u(parameters.width));
      let input = ((image + inputY) * parameters.width + inputX) * channelQuads + firstChannel;
      var i = select(vec4u(), input, inside);
      for (var c = 0u; c < tileQuads; c++) {
        let pixels = pixelTile(i, inside);
        let own = mat4x4f(
          filterValues[weight],
          filterValues[weight + filterStep],
          filterValues[weight + 2 * filterStep],
          filterValues[weight + 3 * filterStep],
        );
        sums0 += own * pixels;
        sums1 += acrossX(own) * pixels;
        sums2 += acrossY(own) * pixels;
        sums3 += acrossDiagonal(own) * pixels;
        i += 1;
        weight += 4 * filterStep;
      }
    }
  }

  store(row, column + lane * 4, end, sums0);
  store(row, column + (lane ^ 1) * 4, end, sums1);
  store(row, column + (lane ^ 2) * 4, end, sums2);
  store(row, column + (lane ^ 3) * 4, end, sums3);
}
