// y[o, j, i] = x[o, indices[j], i], or 0 where x has no such entry.
//
// Layout: x is [outer, length, inner], indices is [count], y is [outer, count, inner], row-major.
// One invocation writes one element of y. Precondition: `size` elements in y.

struct Parameters {
  size: u32,
  length: i32,
  inner: u32,
  count: u32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read> indices: array<i32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;
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
  let index = indices[row % parameters.count];
  var value = 0u;
  if (index >= 0 && index < parameters.length) {
    let entry = row / parameters.count * u32(parameters.length) + u32(index);
    value = x[entry * parameters.inner + i % parameters.inner];
  }
  y[i] = value;
}
