// y[i] = mask[i] != 0 ? scale * x[i] : 0.
//
// Layout: mask has a byte for each element, four to a word; scale is a scalar in a buffer.
// One invocation computes the four elements of a word. Precondition: `size` elements.

struct Parameters {
  size: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> mask: array<u32>;
@group(0) @binding(2) var<storage, read> scale: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = ((group.y * groups.x + group.x) * 64 + lane) * 4;
  if (start >= parameters.size) {
    return;
  }
  let bytes = mask[start / 4];
  for (var i = start; i < min(parameters.size, start + 4); i++) {
    y[i] = select(0.0, scale[0] * x[i], extractBits(bytes, (i - start) * 8, 8u) != 0);
  }
}
