// y[..., c] = table[images[..., c], c]
//
// Layout: images is [..., channels] bytes, four to a word, the first in the lowest bits; table is [256, channels]
// 32-bit words, copied as they are; y has the images' shape. All row-major.
// One invocation looks up the four bytes of a word. Precondition: `size` elements in y.

struct Parameters {
  size: u32,
  channels: u32,
}

@group(0) @binding(0) var<storage, read> images: array<u32>;
@group(0) @binding(1) var<storage, read> table: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<u32>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = ((group.y * groups.x + group.x) * 64u + lane) * 4u;
  if (first >= parameters.size) {
    return;
  }
  let bytes = images[first / 4u];
  let end = min(parameters.size, first + 4u);
  var channel = first % parameters.channels;
  for (var i = first; i < end; i++) {
    let value = extractBits(bytes, (i - first) * 8u, 8u);
    y[i] = table[value * parameters.channels + channel];
    channel = select(channel + 1u, 0u, channel + 1u == parameters.channels);
  }
}
