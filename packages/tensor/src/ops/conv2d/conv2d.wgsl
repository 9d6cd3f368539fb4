// y[n, i, j, k] = activation(bias[k] + sum over r, s, c of
//   x[n, i * strideY + r * dilationY - padTop, j * strideX + s * dilationX - padLeft, first + c] * filter[r, s, c, k]),
// pixels outside counting as 0, and first being the first channel of filter k's group.
//
// x is [batch, height, width, channels], filter [filterHeight, filterWidth, groupChannels, filters], y [batch,
// outHeight, outWidth, filters]. It is the matrix product of patches, which are never stored, and the filter: rows are
// the batch * outHeight * outWidth output pixels, columns the filters, and the inner axis is (r, s, c).
//
// One invocation computes 4 pixels x 8 filters of a group in registers, with no barrier: a workgroup computes
// `workgroupSize` such tiles, filters first. Pixels and filters past the end are computed from the last ones and not
// stored.
//
// Preconditions of the faster paths (the launch checks them): innerVectors needs groupChannels to be a multiple of 4,
// columnVectors groupFilters. Without bias, any buffer may be bound in its place.

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

// Four channels of four filters: one channel in each column of the matrix.
fn filterTile(first: u32, columns: vec4u) -> mat4x4f {
  let next = first + parameters.filters * quad;
  return mat4x4f(
    filterRow(next.x, columns),
    filterRow(next.y, columns),
    filterRow(next.z, columns),
    filterRow(next.w, columns),
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

@compute @workgroup_size(workgroupSize)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let tile = (group.y * groups.x + group.x) * workgroupSize + local;
  let groupTiles = (parameters.groupFilters + 7) / 8;
  let columnTiles = parameters.groups * groupTiles;
  let row = tile / columnTiles * 4;
  let columnTile = tile % columnTiles;
  let groupIndex = columnTile / groupTiles;
  let end = (groupIndex + 1) * parameters.groupFilters;
  let column = end - parameters.groupFilters + columnTile % groupTiles * 8;
  if (row >= parameters.rows) {
    return;
  }
  let leftColumns = min(column + quad, vec4u(end - 1));
  let rightColumns = min(column + 4 + quad, vec4u(end - 1));

  let pixel = min(row + quad, vec4u(parameters.rows - 1));
  let imageRow = pixel / parameters.outWidth;
  let image = imageRow / parameters.outHeight * parameters.height;
  let top = vec4i(imageRow % parameters.outHeight * parameters.strideY) - i32(parameters.padTop);
  let start = vec4i(pixel % parameters.outWidth * parameters.strideX) - i32(parameters.padLeft);

  var left = mat4x4f();
  var right = mat4x4f();
  var weight = 0u;
  let firstChannel = groupIndex * parameters.groupChannels;
  for (var r = 0u; r < parameters.filterHeight; r++) {
    let inputY = vec4u(top + i32(r * parameters.dilationY)); // a negative one becomes larger than any height
    for (var s = 0u; s < parameters.filterWidth; s++) {
      let inputX = vec4u(start + i32(s * parameters.dilationX));
      let inside = (inputY < vec4u(parameters.height)) & (inputX < vec4u(parameters.width));
      if (!any(inside)) {
        weight += parameters.groupChannels * parameters.filters;
        continue;
      }
      let input = ((image + inputY) * parameters.width + inputX) * parameters.channels + firstChannel;
      var i = select(vec4u(), input, inside);
      if (innerVectors) {
        for (var c = 0u; c < parameters.groupChannels; c += 4) {
          let pixels = pixelTile(i, inside);
          left += filterTile(weight, leftColumns) * pixels;
          right += filterTile(weight, rightColumns) * pixels;
          i += 4;
          weight += 4 * parameters.filters;
        }
      } else {
        for (var c = 0u; c < parameters.groupChannels; c++) {
          let pixels = pixelChannel(i, inside);
          left += outer(pixels, filterRow(weight, leftColumns));
          right += outer(pixels, filterRow(weight, rightColumns));
          i += 1;
          weight += parameters.filters;
        }
      }
    }
  }

  let sums = array(left[0], right[0], left[1], right[1], left[2], right[2], left[3], right[3]);
  for (var i = 0u; i < 8; i++) {
    store(row + i / 2, column + i % 2 * 4, end, sums[i]);
  }
}
