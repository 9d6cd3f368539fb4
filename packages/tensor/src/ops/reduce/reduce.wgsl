// One pass of a reduction: y[chunk, output] = sum or maximum over the chunk's part of what the output reduces, divided
// by `divisor`.
//
// Layout: row-major float32. x has up to three kept axes (k) and three reduced ones (r), outermost first, padded with
// size 1; strides are in elements. Results are numbered along the kept axes, and a chunk is `chunkLength` consecutive
// numbers along the reduced ones, so what is added in which order depends on the shape alone. The host runs further
// passes over y until one chunk is left.
//
// `serial`: one invocation reduces one chunk of one result. `cooperative`: one workgroup does, its invocations taking
// every 64th element and combining what they have in a tree.
// Preconditions: `outputs * chunks` invocations or workgroups; `count` is at least 1.

struct Parameters {
  outputs: u32,
  count: u32,
  chunkLength: u32,
  chunks: u32,
  k1: u32, k2: u32,
  kStride0: u32, kStride1: u32, kStride2: u32,
  r1: u32, r2: u32,
  rStride0: u32, rStride1: u32, rStride2: u32,
  divisor: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

// 0: sum, 1: maximum.
override KIND: u32 = 0u;

const lanes = 64u;
const blockLength = 16u;

var<workgroup> partial: array<f32, 64>;

// Comparing a NaN is not reliable in WGSL; its bits are.
fn isNan(value: f32) -> bool {
  return (bitcast<u32>(value) & 0x7fffffffu) > 0x7f800000u;
}

fn combine(a: f32, b: f32) -> f32 {
  if (KIND == 0u) {
    return a + b;
  }
  if (isNan(a)) {
    return a;
  }
  return select(a, b, isNan(b) || b > a);
}

fn keptOffset(index: u32) -> u32 {
  let rest = index / parameters.k2;
  return (rest / parameters.k1) * parameters.kStride0 + (rest % parameters.k1) * parameters.kStride1
    + (index % parameters.k2) * parameters.kStride2;
}

fn reducedOffset(index: u32) -> u32 {
  if (index < parameters.r2) {
    return index * parameters.rStride2;
  }
  let rest = index / parameters.r2;
  return (rest / parameters.r1) * parameters.rStride0 + (rest % parameters.r1) * parameters.rStride1
    + (index % parameters.r2) * parameters.rStride2;
}

@compute @workgroup_size(64)
fn serial(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let item = (group.y * groups.x + group.x) * lanes + lane;
  if (item >= parameters.outputs * parameters.chunks) {
    return;
  }
  let start = keptOffset(item % parameters.outputs);
  let first = (item / parameters.outputs) * parameters.chunkLength;
  let end = min(parameters.count, first + parameters.chunkLength);
  // In blocks, so that rounding errors grow with their number and their length, not with the product.
  var result = 0.0;
  for (var block = first; block < end; block += blockLength) {
    var part = x[start + reducedOffset(block)];
    for (var i = block + 1u; i < min(end, block + blockLength); i++) {
      part = combine(part, x[start + reducedOffset(i)]);
    }
    if (block == first) {
      result = part;
    } else {
      result = combine(result, part);
    }
  }
  y[item] = result / parameters.divisor;
}

@compute @workgroup_size(64)
fn cooperative(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  // A workgroup too many repeats the last item, so that every one meets its barriers; it stores nothing.
  let items = parameters.outputs * parameters.chunks;
  let number = group.y * groups.x + group.x;
  let item = min(number, items - 1u);
  let start = keptOffset(item % parameters.outputs);
  let first = (item / parameters.outputs) * parameters.chunkLength;
  let end = min(parameters.count, first + parameters.chunkLength);
  // A lane without an element of its own takes the first one where that changes nothing: in a maximum.
  var result = select(0.0, x[start + reducedOffset(first)], KIND == 1u);
  for (var i = first + lane; i < end; i += lanes) {
    result = combine(result, x[start + reducedOffset(i)]);
  }
  partial[lane] = result;
  workgroupBarrier();
  for (var half = lanes / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      partial[lane] = combine(partial[lane], partial[lane + half]);
    }
    workgroupBarrier();
  }
  if (lane == 0u && number < items) {
    y[item] = partial[0] / parameters.divisor;
  }
}
