// dx[n, y, x, c] = sum over m, r, s with y + padTop = i * strideY + r * dilationY and
//   x + padLeft = j * strideX + s * dilationX of dy[m, n, i, j, c] * filter[m, r, s, c].
//
// dx is [batch, height, width, channels], filter [planes, filterHeight, filterWidth, channels], dy [planes, batch,
// outHeight, outWidth, channels].
//
// Columns with the same remainder of x by the stride meet the same taps s: they form a phase, of which there are
// phaseColumns = min(strideX, width), and a tile holds columns of one phase, so that no tap is tried in vain and none
// needs a division. The taps of a phase are tapStepX = strideX / gcd(strideX, dilationX) apart, at outputs that are
// outputStepX = dilationX / gcd apart; rows likewise.
//
// One invocation computes 4 pixels of a row x 4 channels in registers, with no barrier: a workgroup computes
// `workgroupSize` such tiles, channels first, then pixels, then phases, then rows. Pixels and channels past the end are
// computed from the last ones and not stored.
//
// Precondition of the faster path (the launch checks it): channelVectors needs channels to be a multiple of 4.

struct Parameters {
  planes: u32,
  batch: u32,
  height: u32,
  width: u32,
  channels: u32,
  filterHeight: u32,
  filterWidth: u32,
  strideY: u32,
  strideX: u32,
  dilationY: u32,
  dilationX: u32,
  padTop: u32,
  padLeft: u32,
  outHeight: u32,
  outWidth: u32,
  phaseColumns: u32,
  tapStepY: u32,
  tapStepX: u32,
  outputStepY: u32,
  outputStepX: u32,
}

override workgroupSize: u32 = 64;
override channelVectors: bool = false;

@group(0) @binding(0) var<storage, read> dy: array<vec4f>;
@group(0) @binding(1) var<storage, read> filterValues: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

const quad = vec4u(0, 1, 2, 3);

// Four channels of the output pixel that begins at `first`.
fn pixel(first: u32, channels: vec4u) -> vec4f {
  let i = first + channels;
  if (channelVectors) {
    return dy[i.x >> 2];
  }
  return vec4f(dy[i.x >> 2][i.x & 3], dy[i.y >> 2][i.y & 3], dy[i.z >> 2][i.z & 3], dy[i.w >> 2][i.w & 3]);
}

// Four channels of the tap that begins at `first`.
fn weights(first: u32, channels: vec4u) -> vec4f {
  let i = first + channels;
  if (channelVectors) {
    return filterValues[i.x >> 2];
  }
  return vec4f(
    filterValues[i.x >> 2][i.x & 3],
    filterValues[i.y >> 2][i.y & 3],
    filterValues[i.z >> 2][i.z & 3],
    filterValues[i.w >> 2][i.w & 3],
  );
}

// Stores four channels from `channel` on of the pixel that begins at `first`, or those that exist.
fn store(first: u32, channel: u32, values: vec4f) {
  let i = first + channel;
  let count = parameters.channels - channel;
  dx[i] = values.x;
  if (count > 1) { dx[i + 1] = values.y; }
  if (count > 2) { dx[i + 2] = values.z; }
  if (count > 3) { dx[i + 3] = values.w; }
}

// The first tap that pixels at `offset` from the first window's start meet; 0xffffffff where there is none.
fn firstTap(offset: u32, stride: u32, dilation: u32, tapStep: u32) -> u32 {
  for (var tap = 0u; tap < tapStep; tap++) {
    if (tap * dilation % stride == offset % stride) {
      return tap;
    }
  }
  return 0xffffffffu;
}

// The output at which pixels at `offset` meet a tap; one in front of the first wraps round.
fn outputAt(offset: u32, tap: u32, stride: u32, dilation: u32) -> u32 {
  return u32((i32(offset) - i32(tap * dilation)) / i32(stride));
}

@compute @workgroup_size(workgroupSize)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let tile = (group.y * groups.x + group.x) * workgroupSize + local;
  let channelTiles = (parameters.channels + 3) / 4;
  let columnTiles = ((parameters.width + parameters.strideX - 1) / parameters.strideX + 3) / 4;
  let channel = tile % channelTiles * 4;
  let column = tile / channelTiles % columnTiles * 4;
  let phaseAndRow = tile / channelTiles / columnTiles;
  let phase = phaseAndRow % parameters.phaseColumns;
  let row = phaseAndRow / parameters.phaseColumns;
  let image = row / parameters.height;
  if (image >= parameters.batch) {
    return;
  }
  let channels = min(channel + quad, vec4u(parameters.channels - 1));
  let offsetY = row % parameters.height + parameters.padTop;
  let offsetX = phase + parameters.padLeft;
  let firstR = firstTap(offsetY, parameters.strideY, parameters.dilationY, parameters.tapStepY);
  let firstS = firstTap(offsetX, parameters.strideX, parameters.dilationX, parameters.tapStepX);
  // Outputs that the first taps come from; each further tap comes from one in front of it.
  let lastI = outputAt(offsetY, firstR, parameters.strideY, parameters.dilationY);
  let lastJ = column + quad + outputAt(offsetX, firstS, parameters.strideX, parameters.dilationX);

  var sums = mat4x4f(); // a pixel in each column
  for (var plane = 0u; plane < parameters.planes; plane++) {
    var i = lastI;
    for (var r = firstR; r < parameters.filterHeight; r += parameters.tapStepY) {
      if (i < parameters.outHeight) { // one that is below 0 has wrapped round
        let outputRow = ((plane * parameters.batch + image) * parameters.outHeight + i) * parameters.outWidth;
        let weightRow = (plane * parameters.filterHeight + r) * parameters.filterWidth;
        var j = lastJ;
        for (var s = firstS; s < parameters.filterWidth; s += parameters.tapStepX) {
          let inside = j < vec4u(parameters.outWidth);
          let output = (outputRow + select(vec4u(), j, inside)) * parameters.channels;
          let w = weights((weightRow + s) * parameters.channels, channels);
          sums[0] += select(vec4f(), w * pixel(output.x, channels), inside.x);
          sums[1] += select(vec4f(), w * pixel(output.y, channels), inside.y);
          sums[2] += select(vec4f(), w * pixel(output.z, channels), inside.z);
          sums[3] += select(vec4f(), w * pixel(output.w, channels), inside.w);
          j -= parameters.outputStepX;
        }
      }
      i -= parameters.outputStepY;
    }
  }

  for (var p = 0u; p < 4; p++) {
    let x = (column + p) * parameters.strideX + phase;
    if (x < parameters.width) {
      store((row * parameters.width + x) * parameters.channels, channel, sums[p]);
    }
  }
}
