// out[i] = f(a[i], b[i], c[i]), with NumPy broadcasting of each operand.
//
// Layout: row-major float32. An operand's strides are in elements and 0 along the axes on which it is stretched; the
// host merges axes, so six are enough. With CONTIGUOUS = 1 every operand has the output's own layout.
// One invocation computes one element. Precondition: `size` elements in the output.
//
// The line marked EXPRESSION is replaced on the host: the one place in this engine where WGSL is put together from text.

struct Parameters {
  size: u32,
  d1: u32, d2: u32, d3: u32, d4: u32, d5: u32,
  a0: u32, a1: u32, a2: u32, a3: u32, a4: u32, a5: u32,
  b0: u32, b1: u32, b2: u32, b3: u32, b4: u32, b5: u32,
  c0: u32, c1: u32, c2: u32, c3: u32, c4: u32, c5: u32,
  // A constant of the expression, for instance the slope of an activation.
  alpha: f32,
}

@group(0) @binding(0) var<storage, read> operandA: array<f32>;
@group(0) @binding(1) var<storage, read> operandB: array<f32>;
@group(0) @binding(2) var<storage, read> operandC: array<f32>;
@group(0) @binding(3) var<storage, read_write> result: array<f32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

override CONTIGUOUS: u32 = 1u;

fn expression(a: f32, b: f32, c: f32, alpha: f32) -> f32 {
  return a; // EXPRESSION
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= parameters.size) {
    return;
  }
  if (CONTIGUOUS == 1u) {
    result[i] = expression(operandA[i], operandB[i], operandC[i], parameters.alpha);
    return;
  }
  var rest = i;
  let i5 = rest % parameters.d5;
  rest /= parameters.d5;
  let i4 = rest % parameters.d4;
  rest /= parameters.d4;
  let i3 = rest % parameters.d3;
  rest /= parameters.d3;
  let i2 = rest % parameters.d2;
  rest /= parameters.d2;
  let i1 = rest % parameters.d1;
  let i0 = rest / parameters.d1;
  let atA = i0 * parameters.a0 + i1 * parameters.a1 + i2 * parameters.a2 + i3 * parameters.a3 + i4 * parameters.a4 + i5 * parameters.a5;
  let atB = i0 * parameters.b0 + i1 * parameters.b1 + i2 * parameters.b2 + i3 * parameters.b3 + i4 * parameters.b4 + i5 * parameters.b5;
  let atC = i0 * parameters.c0 + i1 * parameters.c1 + i2 * parameters.c2 + i3 * parameters.c3 + i4 * parameters.c4 + i5 * parameters.c5;
  result[i] = expression(operandA[atA], operandB[atB], operandC[atC], parameters.alpha);
}
