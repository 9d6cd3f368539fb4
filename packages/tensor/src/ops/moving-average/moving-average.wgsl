// Moving average in place: target[i] = target[i] + rest * (value[i] - target[i]), rest = 1 - momentum.
//
// One invocation updates one element; a workgroup updates 64 that follow one another.

struct Parameters {
  size: u32,
  rest: f32,
}

@group(0) @binding(0) var<storage, read_write> averages: array<f32>;
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * 64 + lane;
  if (i < parameters.size) {
    averages[i] += parameters.rest * (values[i] - averages[i]);
  }
}
