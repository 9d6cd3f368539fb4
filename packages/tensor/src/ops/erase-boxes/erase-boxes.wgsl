// y[b, i, j, c] = the colour of the last box of image b that holds pixel (i, j) and channel c, else x[b, i, j, c].
//
// Layout: x and y are [batch, height, width, channels], boxes is [batch, count, 5] (top, left, height, width, channel or
// -1), colors is [channels] or, with ownColors, [batch, count, channels]; row-major. Values are copied as words.
// One invocation writes one pixel. Precondition: `pixels` of them.

struct Parameters {
  pixels: u32,
  height: i32,
  width: i32,
  channels: u32,
  count: u32,
  ownColors: u32, // 0 or 1
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read> boxes: array<i32>;
@group(0) @binding(2) var<storage, read> colors: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<u32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let pixel = (group.y * groups.x + group.x) * 64u + lane;
  if (pixel >= parameters.pixels) {
    return;
  }
  let column = i32(pixel) % parameters.width;
  let line = i32(pixel) / parameters.width;
  let row = line % parameters.height;
  let firstBox = u32(line / parameters.height) * parameters.count;
  let place = pixel * parameters.channels;
  for (var c = 0u; c < parameters.channels; c++) {
    y[place + c] = x[place + c];
  }
  for (var box = firstBox; box < firstBox + parameters.count; box++) {
    let down = row - boxes[5 * box];
    let across = column - boxes[5 * box + 1];
    if (down < 0 || down >= boxes[5 * box + 2] || across < 0 || across >= boxes[5 * box + 3]) {
      continue;
    }
    let channel = boxes[5 * box + 4];
    let color = select(0u, box * parameters.channels, parameters.ownColors != 0u);
    for (var c = 0u; c < parameters.channels; c++) {
      if (channel == -1 || channel == i32(c)) {
        y[place + c] = colors[color + c];
      }
    }
  }
}
