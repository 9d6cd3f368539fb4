// Batch normalisation, first step: mean and squared deviations of every chunk of rows of x [rows, channels].
//
// partials is [chunks, 2, channels]. One invocation works out one channel of one chunk: first the mean but for
// rounding, then, from sums of d = x - middle and of d², what is right to the last digits (the corrected two-pass algorithm of
// Chan, Golub and LeVeque, "Algorithms for computing the sample variance", 1983).

struct Parameters {
  rows: u32,
  channels: u32,
  chunks: u32,
  chunkRows: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> partials: array<f32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

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
  let count = f32(end - start);
  var sum = 0.0;
  for (var row = start; row < end; row++) {
    sum += x[row * channels + channel];
  }
  let middle = sum / count;
  sum = 0.0;
  var squares = 0.0;
  for (var row = start; row < end; row++) {
    let d = x[row * channels + channel] - middle;
    sum += d;
    squares += d * d;
  }
  let drift = sum / count;
  partials[2 * chunk * channels + channel] = middle + drift;
  partials[(2 * chunk + 1) * channels + channel] = max(0.0, squares - sum * drift);
}
