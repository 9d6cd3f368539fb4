// Batch normalisation with given statistics, first step: saved [2, channels] holds mean and
// 1 / sqrt(variance + epsilon). One invocation works out one channel; a workgroup 64 that follow one another.

struct Parameters {
  channels: u32,
  epsilon: f32,
}

@group(0) @binding(0) var<storage, read> mean: array<f32>;
@group(0) @binding(1) var<storage, read> variance: array<f32>;
@group(0) @binding(2) var<storage, read_write> saved: array<f32>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let channel = (group.y * groups.x + group.x) * 64 + lane;
  if (channel < parameters.channels) {
    saved[channel] = mean[channel];
    saved[parameters.channels + channel] = 1.0 / sqrt(variance[channel] + parameters.epsilon);
  }
}
