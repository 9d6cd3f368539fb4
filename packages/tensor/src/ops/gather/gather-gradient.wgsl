// Gradient of gather: dx[o, e, i] = sum of dy[o, j, i] over the j with indices[j] = e, in the order of j.
//
// Layout: dx is [outer, length, inner], indices is [count], dy is [outer, count, inner], row-major.
// One invocation computes one element of dx and looks through all indices: no two write to one element, so the order
// of the sum is fixed. Precondition: `size` elements in dx.

struct Parameters {
  size: u32,
  length: u32,
  inner: u32,
  count: u32,
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> indices: array<i32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

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
  let entry = i32(row % parameters.length);
  let start = row / parameters.length * parameters.count * parameters.inner + i % parameters.inner;
  var sum = 0.0;
  for (var j = 0u; j < parameters.count; j++) {
    if (indices[j] == entry) {
      sum += dy[start + j * parameters.inner];
    }
  }
  dx[i] = sum;
}
