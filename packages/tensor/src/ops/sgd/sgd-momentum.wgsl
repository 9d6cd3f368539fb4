// Stochastic gradient descent with momentum in place, as PyTorch defines it:
//   g = gradient + decay p
//   v = momentum v + g
//   p = kept p - rate v, or with Nesterov p = kept p - rate (g + momentum v)
// rate, decay and kept from slots of the step words.
//
// One invocation updates one parameter; a workgroup updates 64 that follow one another.

struct Parameters {
  size: u32,
  rate: u32,
  decay: u32,
  kept: u32,
  momentum: f32,
  nesterov: u32, // 0 or 1
}

@group(0) @binding(0) var<storage, read_write> values: array<f32>;
@group(0) @binding(1) var<storage, read_write> velocity: array<f32>;
@group(0) @binding(2) var<storage, read> gradients: array<f32>;
@group(0) @binding(3) var<storage, read> stepWords: array<f32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

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
  let g = gradients[i] + stepWords[parameters.decay] * values[i];
  let v = parameters.momentum * velocity[i] + g;
  let direction = select(v, g + parameters.momentum * v, parameters.nesterov != 0);
  velocity[i] = v;
  values[i] = stepWords[parameters.kept] * values[i] - stepWords[parameters.rate] * direction;
}
