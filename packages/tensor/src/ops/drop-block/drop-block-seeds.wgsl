// Where DropBlock's blocks begin: seeds[i] = 255 if bits(i) < threshold and a block from there on lies within the image,
// else 0, as bytes, four to a word.
//
// Layout: i numbers the elements of [batch, height, width, channels] row by row. bits(i) is word i mod 4 of
// Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011) with counter words
// [i / 4, 0, counter, stream] under key [key0, key1]. With fromStep, counter and threshold are numbers of step words,
// else they are the values themselves.
//
// One invocation draws one block of four elements and writes a word. Precondition: `size` elements.

struct Parameters {
  size: u32,
  height: u32,
  width: u32,
  channels: u32,
  blockSize: u32,
  key0: u32,
  key1: u32,
  stream: u32,
  fromStep: u32, // 0 or 1
  counter: u32,
  threshold: u32,
}

@group(0) @binding(0) var<storage, read> stepWords: array<u32>;
@group(0) @binding(1) var<storage, read_write> seeds: array<u32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

// Upper word of a 64-bit product, from products of halves.
fn highWord(a: u32, b: u32) -> u32 {
  let low = (a & 0xffff) * (b & 0xffff);
  let middle = (a >> 16) * (b & 0xffff) + (low >> 16);
  let crossed = (a & 0xffff) * (b >> 16) + (middle & 0xffff);
  return (a >> 16) * (b >> 16) + (middle >> 16) + (crossed >> 16);
}

fn philox(counter: vec4u) -> vec4u {
  var c = counter;
  var key = vec2u(parameters.key0, parameters.key1);
  for (var round = 0; round < 10; round++) {
    let high = vec2u(highWord(0xd2511f53u, c.x), highWord(0xcd9e8d57u, c.z));
    c = vec4u(high.y ^ c.y ^ key.x, 0xcd9e8d57u * c.z, high.x ^ c.w ^ key.y, 0xd2511f53u * c.x);
    key += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}

fn word(value: u32) -> u32 {
  if (parameters.fromStep != 0) {
    return stepWords[value];
  }
  return value;
}

// Whether a block that begins at element i lies within its image.
fn fits(i: u32) -> bool {
  let pixel = i / parameters.channels;
  let x = pixel % parameters.width;
  let y = pixel / parameters.width % parameters.height;
  return x + parameters.blockSize <= parameters.width && y + parameters.blockSize <= parameters.height;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let block = (group.y * groups.x + group.x) * 64 + lane;
  let start = block * 4;
  if (start >= parameters.size) {
    return;
  }
  let threshold = word(parameters.threshold);
  var found = 0u;
  // Threshold 0 begins no block: then no bits are worth drawing.
  if (threshold != 0) {
    let bits = philox(vec4u(block, 0, word(parameters.counter), parameters.stream));
    for (var i = 0u; i < 4; i++) {
      if (bits[i] < threshold && fits(start + i)) {
        found |= 0xffu << (8 * i);
      }
    }
  }
  seeds[block] = found;
}
