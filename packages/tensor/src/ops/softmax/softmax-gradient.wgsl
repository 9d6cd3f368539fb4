// Gradients along k: dx = y (dy - sum of y dy), or dy - exp(y) (sum of dy) with LOG.
//
// Layout: y, dy and dx are [outer, length, inner] float32, row-major. `rows`: one workgroup computes one row of
// neighbours (inner is 1), its invocations taking every 64th value. `columns`: one invocation computes one row, wherever
// its values lie. Precondition: every size is at least 1.

struct Parameters {
  outer: u32,
  length: u32,
  inner: u32,
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

override LOG: bool = false;

const lanes = 64u;

var<workgroup> partial: array<f32, 64>;

fn term(at: u32) -> f32 {
  if (LOG) {
    return dy[at];
  }
  return y[at] * dy[at];
}

fn result(at: u32, sum: f32) -> f32 {
  if (LOG) {
    return dy[at] - exp(y[at]) * sum;
  }
  return y[at] * (dy[at] - sum);
}

@compute @workgroup_size(64)
fn rows(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  // A workgroup too many repeats the last row, so that every one meets its barriers; it stores nothing.
  let number = group.y * groups.x + group.x;
  let start = min(number, parameters.outer - 1u) * parameters.length;
  var sum = 0.0;
  for (var k = lane; k < parameters.length; k += lanes) {
    sum += term(start + k);
  }
  partial[lane] = sum;
  workgroupBarrier();
  for (var half = lanes / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      partial[lane] += partial[lane + half];
    }
    workgroupBarrier();
  }
  if (number >= parameters.outer) {
    return;
  }
  for (var k = lane; k < parameters.length; k += lanes) {
    dx[start + k] = result(start + k, partial[0]);
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
  let start = item / inner * parameters.length * inner + item % inner;
  var sum = 0.0;
  for (var k = 0u; k < parameters.length; k++) {
    sum += term(start + k * inner);
  }
  for (var k = 0u; k < parameters.length; k++) {
    let at = start + k * inner;
    dx[at] = result(at, sum);
  }
}
