// dlogits[row, k] = dlosses[row] (exp(logProbabilities[row, k]) masses[row] - q[row, k]), q being the targets
// weight[k] ((1 - smoothing) y[k] + smoothing / classes); 0 in a row whose label is ignoreIndex, NaN in one whose label
// is not a class.
//
// Layout: logProbabilities and dlogits are [rows, classes] float32, row-major; labels is [rows] int32, or
// [rows, classes] float32 with SOFT; weight is [classes] float32, or any buffer without WEIGHTED; dlosses and masses are
// [rows] float32. One invocation computes one element.

struct Parameters {
  rows: u32,
  classes: u32,
  smoothing: f32,
  ignoreIndex: i32,
  // A NaN from the host: WGSL has no literal for it.
  nan: f32,
}

@group(0) @binding(0) var<storage, read> dlosses: array<f32>;
@group(0) @binding(1) var<storage, read> logProbabilities: array<f32>;
@group(0) @binding(2) var<storage, read> masses: array<f32>;
@group(0) @binding(3) var<storage, read> labels: array<u32>;
@group(0) @binding(4) var<storage, read> weight: array<f32>;
@group(0) @binding(5) var<storage, read_write> dlogits: array<f32>;
@group(0) @binding(6) var<uniform> parameters: Parameters;

override SOFT: bool = false;
override WEIGHTED: bool = false;
override IGNORES: bool = false;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= parameters.rows * parameters.classes) {
    return;
  }
  let row = i / parameters.classes;
  let k = i - row * parameters.classes;
  var y = 0.0;
  if (SOFT) {
    y = bitcast<f32>(labels[i]);
  } else {
    let label = labels[row];
    if (IGNORES && bitcast<i32>(label) == parameters.ignoreIndex) {
      dlogits[i] = 0.0;
      return;
    }
    if (label >= parameters.classes) {
      dlogits[i] = parameters.nan;
      return;
    }
    y = select(0.0, 1.0, label == k);
  }
  var q = (1.0 - parameters.smoothing) * y + parameters.smoothing / f32(parameters.classes);
  if (WEIGHTED) {
    q *= weight[k];
  }
  dlogits[i] = dlosses[row] * (exp(logProbabilities[i]) * masses[row] - q);
}
