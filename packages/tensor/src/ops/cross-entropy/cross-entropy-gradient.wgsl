// dlogits[row, k] = (probabilities[row, k] - (1 if k is the row's label, else 0)) * dloss / rows; NaN throughout a row
// whose label is not a class.
//
// Layout: probabilities and dlogits are [rows, classes] float32, row-major; labels is [rows] int32, dloss one float32.
// One invocation computes one element.

struct Parameters {
  rows: u32,
  classes: u32,
  // A NaN from the host: WGSL has no literal for it.
  nan: f32,
}

@group(0) @binding(0) var<storage, read> dloss: array<f32>;
@group(0) @binding(1) var<storage, read> probabilities: array<f32>;
@group(0) @binding(2) var<storage, read> labels: array<i32>;
@group(0) @binding(3) var<storage, read_write> dlogits: array<f32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

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
  // A negative label becomes a large unsigned one.
  let label = u32(labels[row]);
  if (label >= parameters.classes) {
    dlogits[i] = parameters.nan;
    return;
  }
  let expected = select(0.0, 1.0, i - row * parameters.classes == label);
  dlogits[i] = (probabilities[i] - expected) * (dloss[0] / f32(parameters.rows));
}
