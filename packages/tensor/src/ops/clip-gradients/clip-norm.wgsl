// Scales gradients in place: g = g limit / (norm + 1e-6) where the norm, a scalar in a buffer, asks for it.
//
// One invocation scales one element; a workgroup scales 64 that follow one another.

struct Parameters {
  size: u32,
  limit: f32,
}

@group(0) @binding(0) var<storage, read_write> gradients: array<f32>;
@group(0) @binding(1) var<storage, read> norm: array<f32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * 64 + lane;
  let divisor = norm[0] + 1e-6;
  if (i < parameters.size && parameters.limit < divisor) {
    gradients[i] *= parameters.limit / divisor;
  }
}
