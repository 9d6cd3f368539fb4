// With n = (x - mean) / deviation and g = dy scale: dx = (g - mean of g - n (mean of g n)) / deviation, means over the
// row, and products = dy n.
//
// Layout: dy, x, dx and products are [rows, size] float32, row-major; scale is [size]; saved holds each row's mean and
// 1 / deviation. One workgroup computes one row, its invocations taking every 64th value. Precondition: rows and size
// at least 1.

struct Parameters {
  rows: u32,
  size: u32,
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> scale: array<f32>;
@group(0) @binding(3) var<storage, read> saved: array<vec2<f32>>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;
@group(0) @binding(5) var<storage, read_write> products: array<f32>;
@group(0) @binding(6) var<uniform> parameters: Parameters;

const lanes = 64u;

var<workgroup> partial: array<vec2<f32>, 64>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  // A workgroup too many repeats the last row, so that every one meets its barriers; it stores nothing.
  let number = group.y * groups.x + group.x;
  let row = min(number, parameters.rows - 1u);
  let start = row * parameters.size;
  let mean = saved[row].x;
  let inverse = saved[row].y;
  var sums = vec2<f32>();
  for (var k = lane; k < parameters.size; k += lanes) {
    let g = dy[start + k] * scale[k];
    sums += g * vec2<f32>(1.0, (x[start + k] - mean) * inverse);
  }
  partial[lane] = sums;
  workgroupBarrier();
  for (var half = lanes / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      partial[lane] += partial[lane + half];
    }
    workgroupBarrier();
  }
  if (number >= parameters.rows) {
    return;
  }
  let means = partial[0] / f32(parameters.size);
  for (var k = lane; k < parameters.size; k += lanes) {
    let normalized = (x[start + k] - mean) * inverse;
    let g = dy[start + k];
    dx[start + k] = (g * scale[k] - means.x - normalized * means.y) * inverse;
    products[start + k] = g * normalized;
  }
}
