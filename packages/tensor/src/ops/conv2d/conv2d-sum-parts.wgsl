// sums[i] = parts[i] + parts[i + partStride] + ... + parts[i + (splits - 1) * partStride], added in that order.
//
// One invocation computes four elements. Preconditions: partStride is a multiple of 4, and sums holds `quads` times
// four elements, the last of which may be padding.

struct Parameters {
  quads: u32,
  splits: u32,
  partStride: u32,
}

override workgroupSize: u32 = 64;

@group(0) @binding(0) var<storage, read> parts: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> sums: array<vec4f>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

@compute @workgroup_size(workgroupSize)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let quad = (group.y * groups.x + group.x) * workgroupSize + local;
  if (quad >= parameters.quads) {
    return;
  }
  var sum = parts[quad];
  for (var split = 1u; split < parameters.splits; split++) {
    sum += parts[quad + split * (parameters.partStride >> 2)];
  }
  sums[quad] = sum;
}
