// Cuts gradients in place to [-limit, limit]; NaN, which is never greater, stays.
//
// One invocation cuts one element; a workgroup cuts 64 that follow one another.

struct Parameters {
  size: u32,
  limit: f32,
}

@group(0) @binding(0) var<storage, read_write> gradients: array<f32>;
@group(0) @binding(1) var<uniform> parameters: Parameters;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * 64 + lane;
  if (i >= parameters.size) {
    return;
  }
  // By the bits, which order magnitudes as integers do: comparing a NaN is not reliable in WGSL.
  let bits = bitcast<u32>(gradients[i]);
  let magnitude = bits & 0x7fffffffu;
  let limit = bitcast<u32>(parameters.limit);
  if (magnitude > limit && magnitude <= 0x7f800000u) {
    gradients[i] = bitcast<f32>((bits & 0x80000000u) | limit);
  }
}
