// Batch normalisation, last step: y = (x - mean) / deviation * scale + offset over [rows, channels].
//
// saved is [2, channels]: mean and 1 / deviation. An invocation computes elements of one channel, every n-th row, n being
// the rows that all invocations compute at a time. Precondition: as many invocations as channels.

struct Parameters {
  size: u32,
  channels: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> saved: array<f32>;
@group(0) @binding(2) var<storage, read> scale: array<f32>;
@group(0) @binding(3) var<storage, read> offset: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<uniform> parameters: Parameters;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = (group.y * groups.x + group.x) * 64 + lane;
  let stride = groups.x * groups.y * 64 / parameters.channels * parameters.channels;
  if (index >= stride) {
    return;
  }
  let channel = index % parameters.channels;
  let mean = saved[channel];
  let factor = saved[parameters.channels + channel] * scale[channel];
  let shift = offset[channel];
  for (var i = index; i < parameters.size; i += stride) {
    y[i] = (x[i] - mean) * factor + shift;
  }
}
