// out[i / run * stride + offset + i % run] = x[i]: one part of a concatenation.
//
// Layout: elements of four bytes, copied as they are. A run is what follows one another in both, `stride` is from one
// run to the next in out, and `offset` is where the first begins.
// One invocation copies one element. Precondition: `size` elements in x.

struct Parameters {
  size: u32,
  run: u32,
  stride: u32,
  offset: u32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
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
  out[i / parameters.run * parameters.stride + parameters.offset + i % parameters.run] = x[i];
}
