// y[o, k, i] = exp(x[o, k, i] - max) / sum, or x - max - log(sum) with LOG, with the maximum and the sum of exponentials
// along k. A row with a NaN, or whose maximum is infinite, is NaN throughout.
//
// Layout: x and y are [outer, length, inner] float32, row-major. `rows`: one workgroup computes one row of neighbours
// (inner is 1), its invocations taking every 64th value. `columns`: one invocation computes one row, wherever its
// values lie; neighbouring invocations read neighbouring values where inner is large.
// With `queries`, row o counts its first o % queries + 1 values alone and the others get 0; with 0 it counts all.
// Precondition: every size is at least 1.

struct Parameters {
  outer: u32,
  length: u32,
  inner: u32,
  queries: u32,
  // A NaN from the host: WGSL has no literal for it.
  nan: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

override LOG: bool = false;

const lanes = 64u;

var<workgroup> partial: array<f32, 64>;

// Comparing a NaN is not reliable in WGSL, nor are functions of it; its bits are.
fn isNan(value: f32) -> bool {
  return (bitcast<u32>(value) & 0x7fffffffu) > 0x7f800000u;
}

fn isFinite(value: f32) -> bool {
  return (bitcast<u32>(value) & 0x7fffffffu) < 0x7f800000u;
}

fn greater(a: f32, b: f32) -> f32 {
  if (isNan(a)) {
    return a;
  }
  return select(a, b, isNan(b) || b > a);
}

fn visibleLength(row: u32) -> u32 {
  if (parameters.queries == 0u) {
    return parameters.length;
  }
  return min(parameters.length, row % parameters.queries + 1u);
}

fn result(value: f32, greatest: f32, sum: f32) -> f32 {
  if (!isFinite(greatest)) {
    return parameters.nan;
  }
  if (LOG) {
    return value - greatest - log(sum);
  }
  return exp(value - greatest) / sum;
}

@compute @workgroup_size(64)
fn rows(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  // A workgroup too many repeats the last row, so that every one meets its barriers; it stores nothing.
  let number = group.y * groups.x + group.x;
  let row = min(number, parameters.outer - 1u);
  let start = row * parameters.length;
  let visible = visibleLength(row);

  var greatest = x[start];
  for (var k = lane; k < visible; k += lanes) {
    greatest = greater(greatest, x[start + k]);
  }
  partial[lane] = greatest;
  workgroupBarrier();
  for (var half = lanes / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      partial[lane] = greater(partial[lane], partial[lane + half]);
    }
    workgroupBarrier();
  }
  greatest = partial[0];
  workgroupBarrier();

  var sum = 0.0;
  for (var k = lane; k < visible; k += lanes) {
    sum += exp(x[start + k] - greatest);
  }
  partial[lane] = sum;
  workgroupBarrier();
  for (var half = lanes / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      partial[lane] += partial[lane + half];
    }
    workgroupBarrier();
  }
  sum = partial[0];

  if (number >= parameters.outer) {
    return;
  }
  for (var k = lane; k < parameters.length; k += lanes) {
    y[start + k] = select(0.0, result(x[start + k], greatest, sum), k < visible);
  }
}

@compute @workgroup_size(64)
fn columns(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let inner = parameters.inner;
  let item = (group.y * groups.x + group.x) * lanes + lane;
  if (item >= parameters.outer * inner) {
    return;
  }
  let row = item / inner;
  let start = row * parameters.length * inner + item % inner;
  let visible = visibleLength(row);
  var greatest = x[start];
  for (var k = 1u; k < visible; k++) {
    greatest = greater(greatest, x[start + k * inner]);
  }
  var sum = 0.0;
  for (var k = 0u; k < visible; k++) {
    sum += exp(x[start + k * inner] - greatest);
  }
  for (var k = 0u; k < parameters.length; k++) {
    let at = start + k * inner;
    y[at] = select(0.0, result(x[at], greatest, sum), k < visible);
  }
}
