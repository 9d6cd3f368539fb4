// DropBlock's mask: mask[n, y, x, c] = 1 unless a block begins in the blockSize by blockSize pixels that end at (y, x);
// and how many are 1 in each workgroup's part.
//
// Layout: seeds and mask are [batch, height, width, channels] bytes, four to a word.
// One invocation writes one word; a workgroup writes 64 and their count. Precondition: `size` elements, and as many
// counts as workgroups.

struct Parameters {
  size: u32,
  height: u32,
  width: u32,
  channels: u32,
  blockSize: u32,
}

@group(0) @binding(0) var<storage, read> seeds: array<u32>;
@group(0) @binding(1) var<storage, read_write> mask: array<u32>;
@group(0) @binding(2) var<storage, read_write> counts: array<u32>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

const lanes = 64u;

var<workgroup> kept: array<u32, 64>;

// Seeds of an element and its three neighbours, which may begin in the middle of a word.
fn seedsFrom(i: u32) -> u32 {
  let shift = 8 * (i % 4);
  let low = seeds[i / 4] >> shift;
  if (shift == 0) {
    return low;
  }
  return low | (seeds[min(i / 4 + 1, (parameters.size - 1) / 4)] << (32 - shift));
}

// 255 in each byte whose element a block covers, for the `count` elements from i on, which are channels of one pixel.
fn covered(i: u32, count: u32) -> u32 {
  let pixel = i / parameters.channels;
  let x = pixel % parameters.width;
  let y = pixel / parameters.width % parameters.height;
  let columns = min(x + 1, parameters.blockSize);
  let rows = min(y + 1, parameters.blockSize);
  var found = 0u;
  for (var row = 0u; row < rows; row++) {
    for (var column = 0u; column < columns; column++) {
      found |= seedsFrom(i - (row * parameters.width + column) * parameters.channels);
    }
  }
  return found & (0xffffffffu >> (8 * (4 - count)));
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let number = group.y * groups.x + group.x;
  let place = number * lanes + lane;
  let end = min(parameters.size, place * 4 + 4);
  var dropped = 0u;
  // Pixel by pixel: with a multiple of four channels, all four elements are one pixel's.
  for (var i = place * 4; i < end;) {
    let count = min(end - i, parameters.channels - i % parameters.channels);
    dropped |= covered(i, count) << (8 * (i % 4));
    i += count;
  }
  kept[lane] = 0;
  if (place * 4 < end) {
    let bits = ~dropped & (0x01010101u >> (8 * (place * 4 + 4 - end)));
    mask[place] = bits;
    kept[lane] = countOneBits(bits);
  }
  workgroupBarrier();
  for (var half = lanes / 2; half > 0; half /= 2) {
    if (lane < half) {
      kept[lane] += kept[lane + half];
    }
    workgroupBarrier();
  }
  if (lane == 0) {
    counts[number] = kept[0];
  }
}
