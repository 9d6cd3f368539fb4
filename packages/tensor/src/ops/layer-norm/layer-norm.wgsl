// y = (x - mean) / sqrt(variance + epsilon) * scale + offset, mean and biased variance being those of x's own row.
// saved[row] = (mean, 1 / sqrt(variance + epsilon)), for the gradient.
//
// The variance is that of deviations d from a mean that is right but for rounding, corrected by it: sum of d² less
// (sum of d)² / size (Chan, Golub and LeVeque, "Algorithms for computing the sample variance", 1983).
//
// Layout: x and y are [rows, size] float32, row-major; scale and offset are [size]. One workgroup computes one row, its
// invocations taking every 64th value. Precondition: rows and size at least 1.

struct Parameters {
  rows: u32,
  size: u32,
  epsilon: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> scale: array<f32>;
@group(0) @binding(2) var<storage, read> offset: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<storage, read_write> saved: array<vec2<f32>>;
@group(0) @binding(5) var<uniform> parameters: Parameters;

const lanes = 64u;

var<workgroup> partial: array<vec2<f32>, 64>;

// Sums over the workgroup. Ends with a barrier, so that it can be called again.
fn total(lane: u32, value: vec2<f32>) -> vec2<f32> {
  partial[lane] = value;
  workgroupBarrier();
  for (var half = lanes / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      partial[lane] += partial[lane + half];
    }
    workgroupBarrier();
  }
  let result = partial[0];
  workgroupBarrier();
  return result;
}

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
  let size = f32(parameters.size);

  var sum = 0.0;
  for (var k = lane; k < parameters.size; k += lanes) {
    sum += x[start + k];
  }
  let middle = total(lane, vec2<f32>(sum, 0.0)).x / size;
  var sums = vec2<f32>();
  for (var k = lane; k < parameters.size; k += lanes) {
    let d = x[start + k] - middle;
    sums += vec2<f32>(d, d * d);
  }
  sums = total(lane, sums);
  let drift = sums.x / size;
  let mean = middle + drift;
  let variance = max(0.0, sums.y - sums.x * drift) / size;
  let inverse = 1.0 / sqrt(variance + parameters.epsilon);
  if (number >= parameters.rows) {
    return;
  }
  for (var k = lane; k < parameters.size; k += lanes) {
    y[start + k] = (x[start + k] - mean) * inverse * scale[k] + offset[k];
  }
  if (lane == 0u) {
    saved[row] = vec2<f32>(mean, inverse);
  }
}
