// Scales gradients in place: g = g limit / (norm + 1e-6) where the norm, a scalar in a buffer, asks for it. A norm of NaN
// makes NaN of all; an infinite one 0 of what is finite and NaN of the rest, or with an infinite limit NaN of all.
//
// One invocation scales one element; a workgroup scales 64 that follow one another.

struct Parameters {
  size: u32,
  limit: f32,
  // A NaN from the host: WGSL has no literal for it.
  nan: f32,
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
  if (i >= parameters.size) {
    return;
  }
  // By the bits, which order magnitudes as integers do: comparing a NaN or infinity is not reliable in WGSL, nor is
  // arithmetic with them.
  let infinity = 0x7f800000u;
  let bits = bitcast<u32>(gradients[i]);
  let normBits = bitcast<u32>(norm[0]) & 0x7fffffffu;
  let limitBits = bitcast<u32>(parameters.limit);
  if (normBits >= infinity) {
    let isNan = normBits > infinity || limitBits == infinity || (bits & 0x7fffffffu) >= infinity;
    gradients[i] = select(bitcast<f32>(bits & 0x80000000u), parameters.nan, isNan);
    return;
  }
  let divisor = norm[0] + 1e-6;
  if (limitBits < bitcast<u32>(divisor)) {
    gradients[i] *= parameters.limit / divisor;
  }
}
