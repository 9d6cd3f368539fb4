// Results of a reduction spread over what they were reduced from. For element i of x, reduced into result o:
//   mode 0: out[i] = p[o] / divisor
//   mode 1: out[i] = 1 where x[i] = p[o] or both are NaN, else 0
//   mode 2: out[i] = x[i] * p[o] / q[o]
//
// Layout: row-major float32. x and out have six axes of sizes d, padded with 1 at the front; strides s of p and q are
// in elements, 0 along reduced axes. Operands that a mode does not use may be any buffer.
// One invocation computes one element. Precondition: `size` elements in out.

struct Parameters {
  mode: u32,
  size: u32,
  d1: u32, d2: u32, d3: u32, d4: u32, d5: u32,
  s0: u32, s1: u32, s2: u32, s3: u32, s4: u32, s5: u32,
  divisor: f32,
}

@group(0) @binding(0) var<storage, read> p: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> q: array<f32>;
@group(0) @binding(3) var<storage, read_write> out: array<f32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

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
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= parameters.size) {
    return;
  }
  var rest = i;
  var o = (rest % parameters.d5) * parameters.s5;
  rest /= parameters.d5;
  o += (rest % parameters.d4) * parameters.s4;
  rest /= parameters.d4;
  o += (rest % parameters.d3) * parameters.s3;
  rest /= parameters.d3;
  o += (rest % parameters.d2) * parameters.s2;
  rest /= parameters.d2;
  o += (rest % parameters.d1) * parameters.s1 + (rest / parameters.d1) * parameters.s0;
  switch parameters.mode {
    case 0u: {
      out[i] = p[o] / parameters.divisor;
    }
    case 1u: {
      let bothNan = isNan(x[i]) && isNan(p[o]);
      let equal = x[i] == p[o] && !isNan(x[i]);
      out[i] = select(0.0, 1.0, equal || bothNan);
    }
    default: {
      out[i] = x[i] * p[o] / q[o];
    }
  }
}
