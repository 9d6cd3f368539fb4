// Batch normalisation, second step: mean and biased variance of every channel from those of the chunks.
//
// partials is [chunks, 2, channels]: mean and squared deviations. saved is [2, channels]: mean and
// 1 / sqrt(variance + epsilon). One workgroup works out one channel: its lanes take every 64th chunk in order, then add
// up in pairs.

struct Parameters {
  rows: u32,
  channels: u32,
  chunks: u32,
  chunkRows: u32,
  epsilon: f32,
}

@group(0) @binding(0) var<storage, read> partials: array<f32>;
@group(0) @binding(1) var<storage, read_write> mean: array<f32>;
@group(0) @binding(2) var<storage, read_write> variance: array<f32>;
@group(0) @binding(3) var<storage, read_write> saved: array<f32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

var<workgroup> sums: array<f32, 64>;

// The sum over the workgroup, in every lane.
fn total(lane: u32, value: f32) -> f32 {
  workgroupBarrier();
  sums[lane] = value;
  for (var half = 32u; half > 0; half >>= 1) {
    workgroupBarrier();
    if (lane < half) {
      sums[lane] += sums[lane + half];
    }
  }
  workgroupBarrier();
  return sums[0];
}

fn rowsOf(chunk: u32) -> f32 {
  return f32(min(parameters.chunkRows, parameters.rows - chunk * parameters.chunkRows));
}

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
  let rows = f32(parameters.rows);
  // Distances from the first chunk's mean keep their digits however far the values lie from zero.
  let first = partials[channel];
  var drift = 0.0;
  for (var chunk = lane; chunk < parameters.chunks; chunk += 64) {
    drift += rowsOf(chunk) * (partials[2 * chunk * channels + channel] - first);
  }
  let average = first + total(lane, drift) / rows;
  var squares = 0.0;
  for (var chunk = lane; chunk < parameters.chunks; chunk += 64) {
    let distance = partials[2 * chunk * channels + channel] - average;
    squares += partials[(2 * chunk + 1) * channels + channel] + rowsOf(chunk) * distance * distance;
  }
  let spread = total(lane, squares) / rows;
  if (lane == 0) {
    mean[channel] = average;
    variance[channel] = spread;
    saved[channel] = average;
    saved[channels + channel] = 1.0 / sqrt(spread + parameters.epsilon);
  }
}
