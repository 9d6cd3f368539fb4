// DropBlock's factor: scale = size / (sum of counts), or 0 where the sum is. Integers are summed, so any order will do.
//
// One workgroup does all of it.

struct Parameters {
  size: u32,
  counts: u32,
}

@group(0) @binding(0) var<storage, read> counts: array<u32>;
@group(0) @binding(1) var<storage, read_write> scale: array<f32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

const lanes = 64u;

var<workgroup> sums: array<u32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(local_invocation_index) lane: u32) {
  var sum = 0u;
  for (var i = lane; i < parameters.counts; i += lanes) {
    sum += counts[i];
  }
  sums[lane] = sum;
  workgroupBarrier();
  for (var half = lanes / 2; half > 0; half /= 2) {
    if (lane < half) {
      sums[lane] += sums[lane + half];
    }
    workgroupBarrier();
  }
  if (lane == 0) {
    let kept = sums[0];
    scale[0] = select(f32(parameters.size) / f32(max(kept, 1u)), 0.0, kept == 0);
  }
}
