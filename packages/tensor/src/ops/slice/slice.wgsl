// out[i0, ..., i5] = x[start + i0 * s0 + ... + i5 * s5]: a box of x.
//
// Layout: elements of four bytes, copied as they are. out is row-major with sizes d, padded with 1 at the front; s are
// x's strides and start is where the box begins, in elements.
// One invocation copies one element. Precondition: `size` elements in out.

struct Parameters {
  size: u32,
  start: u32,
  d1: u32, d2: u32, d3: u32, d4: u32, d5: u32,
  s0: u32, s1: u32, s2: u32, s3: u32, s4: u32, s5: u32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

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
  var source = parameters.start + (rest % parameters.d5) * parameters.s5;
  rest /= parameters.d5;
  source += (rest % parameters.d4) * parameters.s4;
  rest /= parameters.d4;
  source += (rest % parameters.d3) * parameters.s3;
  rest /= parameters.d3;
  source += (rest % parameters.d2) * parameters.s2;
  rest /= parameters.d2;
  source += (rest % parameters.d1) * parameters.s1 + (rest / parameters.d1) * parameters.s0;
  out[i] = x[source];
}
