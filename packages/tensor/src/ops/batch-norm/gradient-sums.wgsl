// Gradient of batch normalisation, first step: sums of dy and of dy (x - mean) over every chunk of rows.
//
// dy and x are [rows, channels], saved is [2, channels] (mean and 1 / deviation), partials is [chunks, 2, channels].
// One invocation sums one channel of one chunk.

struct Parameters {
  rows: u32,
  channels: u32,
  chunks: u32,
  chunkRows: u32,
}

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> saved: array<f32>;
@group(0) @binding(3) var<storage, read_write> partials: array<f32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * 64 + lane;
  let channels = parameters.channels;
  if (i >= parameters.chunks * channels) {
    return;
  }
  let chunk = i / channels;
  let channel = i % channels;
  let start = chunk * parameters.chunkRows;
  let end = min(start + parameters.chunkRows, parameters.rows);
  let mean = saved[channel];
  var sum = 0.0;
  var product = 0.0;
  for (var row = start; row < end; row++) {
    let g = dy[row * channels + channel];
    sum += g;
    product += g * (x[row * channels + channel] - mean);
  }
  partials[2 * chunk * channels + channel] = sum;
  partials[(2 * chunk + 1) * channels + channel] = product;
}
