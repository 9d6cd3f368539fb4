// RMSprop (Tieleman and Hinton, 2012) in place, in PyTorch's form:
//   g = gradient + decay p
//   s = rho s + (1 - rho) g²
//   centered: a = rho a + (1 - rho) g, deviation = sqrt(max(0, s - a²)) + epsilon
//   else: deviation = sqrt(s) + epsilon
//   with a velocity: v = momentum v + g / deviation, p = p - rate v
//   else: p = p - rate g / deviation
// rate and decay from slots of the step words.
//
// One invocation updates one parameter; a workgroup updates 64 that follow one another. Means and velocity are bound to
// anything, and not touched, where `centered` or `moving` is 0.

struct Parameters {
  size: u32,
  rate: u32,
  decay: u32,
  rho: f32,
  rest: f32, // 1 - rho
  epsilon: f32,
  momentum: f32,
  centered: u32, // 0 or 1
  moving: u32, // 0 or 1
}

@group(0) @binding(0) var<storage, read_write> values: array<f32>;
@group(0) @binding(1) var<storage, read_write> squares: array<f32>;
@group(0) @binding(2) var<storage, read_write> means: array<f32>;
@group(0) @binding(3) var<storage, read_write> velocity: array<f32>;
@group(0) @binding(4) var<storage, read> gradients: array<f32>;
@group(0) @binding(5) var<storage, read> stepWords: array<f32>;
@group(0) @binding(6) var<uniform> parameters: Parameters;

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
  let square = parameters.rho * squares[i] + parameters.rest * g * g;
  squares[i] = square;
  var variance = square;
  if (parameters.centered != 0) {
    let mean = parameters.rho * means[i] + parameters.rest * g;
    means[i] = mean;
    variance = max(0.0, square - mean * mean);
  }
  var step = g / (sqrt(variance) + parameters.epsilon);
  if (parameters.moving != 0) {
    step += parameters.momentum * velocity[i];
    velocity[i] = step;
  }
  values[i] -= stepWords[parameters.rate] * step;
}
