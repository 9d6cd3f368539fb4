// Moving average in place: target[i] = target[i] + rest * (value[i] - target[i]), rest = 1 - momentum, with fromStep from
// a slot of the step words.
//
// One invocation updates one element; a workgroup updates 64 that follow one another.

struct Parameters {
  size: u32,
  rest: f32,
  fromStep: u32, // 0 or 1
  slot: u32,
}

@group(0) @binding(0) var<storage, read_write> averages: array<f32>;
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(2) var<storage, read> stepWords: array<f32>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * 64 + lane;
  if (i >= parameters.size) {
    return;
  }
  var rest = parameters.rest;
  if (parameters.fromStep != 0) {
    rest = stepWords[parameters.slot];
  }
  averages[i] += rest * (values[i] - averages[i]);
}
