// Gradient of batch normalisation, second step: doffset = sum of dy, dscale = sum of dy (x - mean) / deviation.
//
// partials is [chunks, 2, channels]: the chunks' sums of dy and dy (x - mean). saved is [2, channels] (mean and
// 1 / deviation). One workgroup works out one channel: its lanes take every 64th chunk in order, then add up in pairs.

struct Parameters {
  channels: u32,
  chunks: u32,
}

@group(0) @binding(0) var<storage, read> partials: array<f32>;
@group(0) @binding(1) var<storage, read> saved: array<f32>;
@group(0) @binding(2) var<storage, read_write> dscale: array<f32>;
@group(0) @binding(3) var<storage, read_write> doffset: array<f32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

var<workgroup> sums: array<vec2f, 64>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let channel = group.y * groups.x + group.x;
  let channels = parameters.channels;
  if (channel >= channels) {
    return;
  }
  var own = vec2f();
  for (var chunk = lane; chunk < parameters.chunks; chunk += 64) {
    let at = 2 * chunk * channels + channel;
    own += vec2f(partials[at], partials[at + channels]);
  }
  sums[lane] = own;
  for (var half = 32u; half > 0; half >>= 1) {
    workgroupBarrier();
    if (lane < half) {
      sums[lane] += sums[lane + half];
    }
  }
  if (lane == 0) {
    doffset[channel] = sums[0].x;
    dscale[channel] = sums[0].y * saved[channels + channel];
  }
}
