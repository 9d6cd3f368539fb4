// Adam (Kingma and Ba, 2015, algorithm 1), in place:
//   m = beta1 m + (1 - beta1) g
//   v = beta2 v + (1 - beta2) g²
//   p = kept p - stepSize m / (sqrt(v correction) + epsilon)
// with stepSize = rate / (1 - beta1^t), correction = 1 / (1 - beta2^t) and kept = 1 - rate decay (Loshchilov and Hutter,
// 2019) from slots of the step words.
//
// Invocations take every n-th parameter, n being their number.

struct Parameters {
  size: u32,
  stepSize: u32,
  correction: u32,
  kept: u32,
  beta1: f32,
  rest1: f32, // 1 - beta1
  beta2: f32,
  rest2: f32, // 1 - beta2
  epsilon: f32,
}

@group(0) @binding(0) var<storage, read_write> values: array<f32>;
@group(0) @binding(1) var<storage, read_write> firstMoment: array<f32>;
@group(0) @binding(2) var<storage, read_write> secondMoment: array<f32>;
@group(0) @binding(3) var<storage, read> gradients: array<f32>;
@group(0) @binding(4) var<storage, read> stepWords: array<f32>;
@group(0) @binding(5) var<uniform> parameters: Parameters;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let stride = groups.x * groups.y * 64;
  let stepSize = stepWords[parameters.stepSize];
  let correction = stepWords[parameters.correction];
  let kept = stepWords[parameters.kept];
  for (var i = (group.y * groups.x + group.x) * 64 + lane; i < parameters.size; i += stride) {
    let g = gradients[i];
    let first = parameters.beta1 * firstMoment[i] + parameters.rest1 * g;
    let second = parameters.beta2 * secondMoment[i] + parameters.rest2 * g * g;
    let deviation = sqrt(second * correction) + parameters.epsilon;
    firstMoment[i] = first;
    secondMoment[i] = second;
    values[i] = kept * values[i] - stepSize * first / deviation;
  }
}
