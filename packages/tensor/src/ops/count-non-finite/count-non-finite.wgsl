// Partial counts: partials[firstPartial + chunk] = how many elements of the chunk's part of x are NaN or infinite.
//
// One workgroup counts in one chunk of `chunkLength` neighbours: its invocations take every 64th element. x is bound as
// bits: what has all ones for its exponent is not finite.

struct Parameters {
  size: u32,
  chunkLength: u32,
  chunks: u32,
  firstPartial: u32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> partials: array<f32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

var<workgroup> count: atomic<u32>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let chunk = group.y * groups.x + group.x;
  let first = chunk * parameters.chunkLength;
  let end = min(parameters.size, first + parameters.chunkLength);
  var own = 0u;
  for (var i = first + lane; i < end; i += 64) {
    own += select(0u, 1u, (x[i] & 0x7f800000u) == 0x7f800000u);
  }
  if (own > 0) {
    atomicAdd(&count, own);
  }
  workgroupBarrier();
  if (lane == 0 && chunk < parameters.chunks) {
    partials[parameters.firstPartial + chunk] = f32(atomicLoad(&count));
  }
}
