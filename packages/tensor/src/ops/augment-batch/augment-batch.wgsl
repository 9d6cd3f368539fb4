// y[b, i, j, c] = table[images[indices[b], i + top - padding, j' + left - padding, c], c] with j' = outWidth - 1 - j where
// image b is flipped, `fill` in the place of pixels outside of the image, and 0 within the cutout's square; all of it 0
// where there is no image of that number.
//
// Layout: images is [count, height, width, channels] bytes, four to a word; table is [256, channels] 32-bit words, copied
// as they are; y is [batch, outHeight, outWidth, channels], row-major.
// Random words are words 0 to 7 of the blocks with counter words [2 b + 0 or 1, 0, counter, stream] of Philox4x32-10
// (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011) under key [key0, key1]: top, left,
// flip, none, rows and columns of the square's middle, none. With fromStep, counter is the number of a step word.
//
// One workgroup writes 512 neighbouring pixels of one image, eight an invocation. Precondition: `chunks` workgroups for
// each image.

struct Parameters {
  batch: u32,
  chunks: u32,
  count: i32,
  height: i32,
  width: i32,
  channels: u32,
  outHeight: i32,
  outWidth: i32,
  padding: i32,
  fill: u32,
  flipBelow: u32,
  cutout: i32,
  key0: u32,
  key1: u32,
  stream: u32,
  fromStep: u32, // 0 or 1
  counter: u32,
}

@group(0) @binding(0) var<storage, read> images: array<u32>;
@group(0) @binding(1) var<storage, read> indices: array<i32>;
@group(0) @binding(2) var<storage, read> table: array<u32>;
@group(0) @binding(3) var<storage, read> stepWords: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<u32>;
@group(0) @binding(5) var<uniform> parameters: Parameters;

const lanes = 64u;
const pixelsOfGroup = 512u;

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

// A whole number of 0 to below `below`.
fn drawBelow(bits: u32, below: i32) -> i32 {
  return i32(highWord(bits, u32(below)));
}

struct Draw {
  top: i32,
  left: i32,
  flipped: bool,
  cutTop: i32,
  cutLeft: i32,
}

fn drawFor(image: u32) -> Draw {
  var counter = parameters.counter;
  if (parameters.fromStep != 0) {
    counter = stepWords[counter];
  }
  let first = philox(vec4u(2 * image, 0, counter, parameters.stream));
  let second = philox(vec4u(2 * image + 1, 0, counter, parameters.stream));
  let room = 2 * parameters.padding + 1;
  return Draw(
    drawBelow(first.x, parameters.height + room - parameters.outHeight) - parameters.padding,
    drawBelow(first.y, parameters.width + room - parameters.outWidth) - parameters.padding,
    (first.z >> 8) < parameters.flipBelow,
    drawBelow(second.x, parameters.outHeight) - parameters.cutout / 2,
    drawBelow(second.y, parameters.outWidth) - parameters.cutout / 2,
  );
}

fn isCut(draw: Draw, row: i32, column: i32) -> bool {
  return row >= draw.cutTop && row < draw.cutTop + parameters.cutout
    && column >= draw.cutLeft && column < draw.cutLeft + parameters.cutout;
}

fn writePixel(draw: Draw, number: i32, pixel: u32, place: u32) {
  let row = i32(pixel) / parameters.outWidth;
  let column = i32(pixel) % parameters.outWidth;
  let none = number < 0 || number >= parameters.count;
  let blank = none || isCut(draw, row, column);
  let sourceRow = row + draw.top;
  let sourceColumn = select(column, parameters.outWidth - 1 - column, draw.flipped) + draw.left;
  let inside = sourceRow >= 0 && sourceRow < parameters.height && sourceColumn >= 0 && sourceColumn < parameters.width;
  var source = 0u;
  if (inside && !none) {
    let sourcePixel = (u32(number) * u32(parameters.height) + u32(sourceRow)) * u32(parameters.width) + u32(sourceColumn);
    source = sourcePixel * parameters.channels;
  }
  for (var c = 0u; c < parameters.channels; c++) {
    var value = 0u;
    if (!blank) {
      var byte = parameters.fill;
      if (inside) {
        byte = extractBits(images[(source + c) / 4], 8 * ((source + c) % 4), 8u);
      }
      value = table[byte * parameters.channels + c];
    }
    y[place + c] = value;
  }
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let place = group.y * groups.x + group.x;
  let image = place / parameters.chunks;
  if (image >= parameters.batch) {
    return;
  }
  let draw = drawFor(image);
  let number = indices[image];
  let pixels = u32(parameters.outHeight * parameters.outWidth);
  let first = place % parameters.chunks * pixelsOfGroup;
  let end = min(pixels, first + pixelsOfGroup);
  for (var pixel = first + lane; pixel < end; pixel += lanes) {
    writePixel(draw, number, pixel, (image * pixels + pixel) * parameters.channels);
  }
}
