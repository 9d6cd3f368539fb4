// Gradient of batch normalisation, last step, with normal = (x - mean) / deviation:
//   dx = scale / deviation * (dy - share * (doffset + normal * dscale))
// where share is 1 / rows, or 0 if mean and deviation are constants.
//
// saved is [2, channels]: mean and 1 / deviation. One invocation computes one element of [rows, channels]; a workgroup
// computes 64 that follow one another.

struct Parameters {
  size: u32,
  channels: u32,
  share: f32,
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> saved: array<f32>;
@group(0) @binding(3) var<storage, read> scale: array<f32>;
@group(0) @binding(4) var<storage, read> dscale: array<f32>;
@group(0) @binding(5) var<storage, read> doffset: array<f32>;
@group(0) @binding(6) var<storage, read_write> dx: array<f32>;
@group(0) @binding(7) var<uniform> parameters: Parameters;

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
  let channel = i % parameters.channels;
  let inverse = saved[parameters.channels + channel];
  let normal = (x[i] - saved[channel]) * inverse;
  let removed = parameters.share * (doffset[channel] + normal * dscale[channel]);
  dx[i] = scale[channel] * inverse * (dy[i] - removed);
}
