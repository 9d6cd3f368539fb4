// y[row] = 1 if fewer than k classes are ahead of the row's label, else 0. Ahead are greater logits, and equal ones of
// a lower class. A label outside of the classes, or whose logit is NaN, is a miss; a NaN is not ahead of anything.
//
// Layout: logits is [rows, classes] float32, row-major, labels [rows] int32, y [rows] float32.
// One invocation computes one row.

struct Parameters {
  rows: u32,
  classes: u32,
  k: u32,
}

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<i32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

// Comparing a NaN is not reliable in WGSL; its bits are.
fn isNan(value: f32) -> bool {
  return (bitcast<u32>(value) & 0x7fffffffu) > 0x7f800000u;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = (group.y * groups.x + group.x) * 64u + lane;
  if (row >= parameters.rows) {
    return;
  }
  // A negative label becomes a large unsigned one.
  let label = u32(labels[row]);
  let start = row * parameters.classes;
  if (label >= parameters.classes || isNan(logits[start + label])) {
    y[row] = 0.0;
    return;
  }
  let own = logits[start + label];
  var ahead = 0u;
  for (var i = 0u; i < parameters.classes; i++) {
    let value = logits[start + i];
    if (!isNan(value) && (value > own || (value == own && i < label))) {
      ahead++;
    }
  }
  y[row] = select(0.0, 1.0, ahead < parameters.k);
}
