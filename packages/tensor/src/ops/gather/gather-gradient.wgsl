// Gradient of gather: dx[o, e, i] = sum of dy[o, j, i] over the j with indices[j] = e, in the order of j.
//
// Layout: dx is [outer, length, inner], dy is [outer, count, inner], row-major; keys are the pairs (e, j) in increasing
// order, those of entry e from starts[e] to starts[e + 1] (gather-order.wgsl).
// One invocation computes one element of dx: no two write to one, so the order of the sum is fixed.
// Precondition: `size` elements in dx.

struct Parameters {
  size: u32,
  length: u32,
  inner: u32,
  count: u32,
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> keys: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read> starts: array<u32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= parameters.size) {
    return;
  }
  let row = i / parameters.inner;
  let entry = row % parameters.length;
  let start = row / parameters.length * parameters.count * parameters.inner + i % parameters.inner;
  var sum = 0.0;
  for (var k = starts[entry]; k < starts[entry + 1u]; k++) {
    sum += dy[start + keys[k].y * parameters.inner];
  }
  dx[i] = sum;
}
