// y[o, i] = the first k for which x[o, k, i] is greatest, a NaN being greater than any number.
//
// Layout: x is [outer, size, inner] float32, row-major, read by its bits; y is [outer, inner] int32.
// One invocation computes one index. Preconditions: size is at least 1; outer * inner elements in y.

struct Parameters {
  outer: u32,
  size: u32,
  inner: u32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<i32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

// Unsigned numbers in the order of the floats: -0 equals 0, and every NaN is greatest.
fn order(bits: u32) -> u32 {
  let magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) {
    return 0xffffffffu;
  }
  return select(0x80000000u + magnitude, 0x80000000u - magnitude, bits > magnitude);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let item = (group.y * groups.x + group.x) * 64u + lane;
  if (item >= parameters.outer * parameters.inner) {
    return;
  }
  let start = (item / parameters.inner) * parameters.size * parameters.inner + item % parameters.inner;
  var greatest = order(x[start]);
  var winner = 0u;
  for (var k = 1u; k < parameters.size; k++) {
    let value = order(x[start + k * parameters.inner]);
    if (value > greatest) {
      greatest = value;
      winner = k;
    }
  }
  y[item] = i32(winner);
}
