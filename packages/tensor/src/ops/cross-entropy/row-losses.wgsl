// With targets q[k] = weight[k] ((1 - smoothing) y[k] + smoothing / classes), y being soft labels or 1 for the label:
//   losses[row] = -sum of q logProbabilities[row], terms with q = 0 being 0
//   masses[row] = sum of q
//   counts[row] = 1, or the label's weight
// All three are 0 where the label is ignoreIndex; loss and mass are NaN where it is not a class.
//
// Layout: logProbabilities is [rows, classes] float32, row-major; labels is [rows] int32, or [rows, classes] float32
// with SOFT; weight is [classes] float32, or any buffer without WEIGHTED; the others are [rows] float32.
// One workgroup computes one row, its invocations taking every 64th class. Precondition: rows and classes at least 1.

struct Parameters {
  rows: u32,
  classes: u32,
  smoothing: f32,
  ignoreIndex: i32,
  // A NaN from the host: WGSL has no literal for it.
  nan: f32,
}

@group(0) @binding(0) var<storage, read> logProbabilities: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read_write> losses: array<f32>;
@group(0) @binding(4) var<storage, read_write> counts: array<f32>;
@group(0) @binding(5) var<storage, read_write> masses: array<f32>;
@group(0) @binding(6) var<uniform> parameters: Parameters;

override SOFT: bool = false;
override WEIGHTED: bool = false;
override IGNORES: bool = false;

const lanes = 64u;

// Loss and mass of each invocation's classes.
var<workgroup> partial: array<vec2<f32>, 64>;

fn targetOf(row: u32, k: u32) -> f32 {
  var y = 0.0;
  if (SOFT) {
    y = bitcast<f32>(labels[row * parameters.classes + k]);
  } else if (labels[row] == k) {
    y = 1.0;
  }
  let q = (1.0 - parameters.smoothing) * y + parameters.smoothing / f32(parameters.classes);
  if (WEIGHTED) {
    return weight[k] * q;
  }
  return q;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let classes = parameters.classes;
  // A workgroup too many repeats the last row, so that every one meets its barriers; it stores nothing.
  let number = group.y * groups.x + group.x;
  let row = min(number, parameters.rows - 1u);
  var sums = vec2<f32>();
  for (var k = lane; k < classes; k += lanes) {
    let q = targetOf(row, k);
    // By its bits, because comparing a NaN is not reliable: q is not 0.
    if ((bitcast<u32>(q) & 0x7fffffffu) != 0u) {
      sums += q * vec2<f32>(-logProbabilities[row * classes + k], 1.0);
    }
  }
  partial[lane] = sums;
  workgroupBarrier();
  for (var half = lanes / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      partial[lane] += partial[lane + half];
    }
    workgroupBarrier();
  }
  if (lane > 0u || number >= parameters.rows) {
    return;
  }
  var result = partial[0];
  var count = 1.0;
  if (!SOFT) {
    let label = labels[row];
    if (IGNORES && bitcast<i32>(label) == parameters.ignoreIndex) {
      result = vec2<f32>();
      count = 0.0;
    } else if (label >= classes) {
      result = vec2<f32>(parameters.nan);
    } else if (WEIGHTED) {
      count = weight[label];
    }
  }
  losses[row] = result.x;
  masses[row] = result.y;
  counts[row] = count;
}
