// Partial sums of squares: partials[firstPartial + chunk] = sum of x[i]² over the chunk's part of x.
//
// One workgroup sums one chunk of `chunkLength` neighbours: its invocations take every 64th element and combine what
// they have in a tree, so the order depends on the size alone.

struct Parameters {
  size: u32,
  chunkLength: u32,
  chunks: u32,
  firstPartial: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> partials: array<f32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

const lanes = 64u;

var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let chunk = group.y * groups.x + group.x;
  let first = chunk * parameters.chunkLength;
  let end = min(parameters.size, first + parameters.chunkLength);
  var sum = 0.0;
  for (var i = first + lane; i < end; i += lanes) {
    sum += x[i] * x[i];
  }
  sums[lane] = sum;
  workgroupBarrier();
  for (var half = lanes / 2; half > 0; half /= 2) {
    if (lane < half) {
      sums[lane] += sums[lane + half];
    }
    workgroupBarrier();
  }
  if (lane == 0 && chunk < parameters.chunks) {
    partials[parameters.firstPartial + chunk] = sums[0];
  }
}
