// out[i0 + b0, ..., i5 + b5] = x[i0, ..., i5], and a constant elsewhere.
//
// Layout: elements of four bytes, copied as they are, both row-major. d are the sizes of out, n those of x, padded with
// 1 at the front; b is where x begins in out. `bits` are those of the constant.
// One invocation writes one element. Precondition: `size` elements in out.

struct Parameters {
  size: u32,
  bits: i32,
  d1: u32, d2: u32, d3: u32, d4: u32, d5: u32,
  n0: u32, n1: u32, n2: u32, n3: u32, n4: u32, n5: u32,
  b0: u32, b1: u32, b2: u32, b3: u32, b4: u32, b5: u32,
}

@group(0) @binding(0) var<storage, read> x: array<i32>;
@group(0) @binding(1) var<storage, read_write> out: array<i32>;
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
  // In front of x, a coordinate wraps around to a number that no size reaches.
  var rest = i;
  let i5 = rest % parameters.d5 - parameters.b5;
  rest /= parameters.d5;
  let i4 = rest % parameters.d4 - parameters.b4;
  rest /= parameters.d4;
  let i3 = rest % parameters.d3 - parameters.b3;
  rest /= parameters.d3;
  let i2 = rest % parameters.d2 - parameters.b2;
  rest /= parameters.d2;
  let i1 = rest % parameters.d1 - parameters.b1;
  let i0 = rest / parameters.d1 - parameters.b0;
  var value = parameters.bits;
  if (
    i0 < parameters.n0 && i1 < parameters.n1 && i2 < parameters.n2 &&
    i3 < parameters.n3 && i4 < parameters.n4 && i5 < parameters.n5
  ) {
    let outer = (i0 * parameters.n1 + i1) * parameters.n2 + i2;
    value = x[((outer * parameters.n3 + i3) * parameters.n4 + i4) * parameters.n5 + i5];
  }
  out[i] = value;
}
