// out[i] = f(a[i], b[i], c[i]), with NumPy broadcasting of each operand.
//
// Layout: row-major float32. An operand's strides are in elements and 0 along the axes on which it is stretched; the
// host merges axes, so six are enough. With CONTIGUOUS = 1 every operand has the output's own layout.
// Invocations take every n-th element, n being their number. Precondition: `size` elements in the output.
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

// Functions for expressions. WGSL's own tanh and log are too coarse near 0 and near 1, and it has no erf.

// 1 / (1 + e^-x), made from e^-|x|, which does not overflow.
fn sigmoid(x: f32) -> f32 {
  let t = exp(-abs(x));
  return select(1.0, t, x < 0.0) / (1.0 + t);
}

fn hyperbolicTangent(x: f32) -> f32 {
  let square = x * x;
  var p = -5.70498872745e-3;
  p = p * square + 2.06390887954e-2;
  p = p * square - 5.37397155531e-2;
  p = p * square + 1.33314422036e-1;
  p = p * square - 3.33332819422e-1;
  // From 10 on the result is 1.
  let far = 1.0 - 2.0 / (exp(min(2.0 * abs(x), 20.0)) + 1.0);
  return select(select(far, -far, x < 0.0), p * square * x + x, abs(x) < 0.625);
}

// ln(1 + t) for t in [0, 1]: 2 artanh(s), s = t / (2 + t).
fn logOnePlus(t: f32) -> f32 {
  let s = t / (2.0 + t);
  let square = s * s;
  var p = 0.281783334;
  p = p * square + 0.279606029;
  p = p * square + 0.400249103;
  p = p * square + 0.666663147;
  p = p * square + 2.0;
  return p * s;
}

// Density of the standard normal distribution.
fn normalDensity(x: f32) -> f32 {
  return exp(-0.5 * x * x) * 0.39894228;
}

// (1 + erf(x / sqrt(2))) / 2. The tail beyond |x| is e^(-x^2 / 2) times a polynomial in t = 1 / (1 + 0.35 |x|).
fn normalDistribution(x: f32) -> f32 {
  let t = 1.0 / (1.0 + 0.35 * abs(x));
  var p = -0.0291459276;
  p = p * t + 0.143971684;
  p = p * t - 0.255714226;
  p = p * t + 0.159174128;
  p = p * t - 0.0231098133;
  p = p * t + 0.105507995;
  p = p * t + 0.119832870;
  p = p * t + 0.139861869;
  p = p * t + 0.139621404;
  let tail = p * t * exp(-0.5 * x * x);
  return select(1.0 - tail, tail, x < 0.0);
}

fn expression(a: f32, b: f32, c: f32, alpha: f32) -> f32 {
  return a; // EXPRESSION
}

// Element i of the output.
fn broadcast(i: u32) -> f32 {
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
  return expression(operandA[atA], operandB[atB], operandC[atC], parameters.alpha);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let stride = groups.x * groups.y * 64u;
  for (var i = (group.y * groups.x + group.x) * 64u + lane; i < parameters.size; i += stride) {
    if (CONTIGUOUS == 1u) {
      result[i] = expression(operandA[i], operandB[i], operandC[i], parameters.alpha);
    } else {
      result[i] = broadcast(i);
    }
  }
}
