// y[i, c] = 1 where c = labels[i], else 0.
//
// Layout: labels is [labels], y is [labels, depth], row-major; no label outside of 0 to depth - 1 equals any c.
// One invocation writes one element of y. Precondition: `size` elements in y.

struct Parameters {
  size: u32,
  depth: u32,
}

@group(0) @binding(0) var<storage, read> labels: array<i32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

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
  y[i] = select(0.0, 1.0, labels[i / parameters.depth] == i32(i % parameters.depth));
}
