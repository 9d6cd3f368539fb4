// Sorts the places of a gather by entry: keys (indices[j], j) in increasing order, indices out of range last. No two
// keys are equal, so there is one order, the same every time: by entry, and within it by j.
//
// A bitonic network (Batcher, "Sorting networks and their applications", 1968) over `padded` keys, a power of two of at
// least 512; those past `count` sort last. `start` makes the keys and sorts blocks of 512 in a workgroup, alternately up
// and down. For each `width` of 1024, 2048, … padded, `exchange` compares keys `distance` apart, for distances of
// width / 2 down to 512, and `finish` does the distances below that in a workgroup. `find` then looks up where each of
// the entries 0 … length begins among the sorted keys.
//
// Layout: indices is [count]; keys is [padded] pairs (entry, j); starts is [length + 1]. One invocation takes two keys,
// or one entry. Precondition: enough invocations.

struct Parameters {
  count: u32,
  length: u32,
  padded: u32,
  width: u32,
  distance: u32,
}

@group(0) @binding(0) var<storage, read> indices: array<i32>;
@group(0) @binding(1) var<storage, read_write> keys: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read_write> starts: array<u32>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

const blockLength = 512u;
const lanes = 256u;
const last = 0xffffffffu;

var<workgroup> block: array<vec2<u32>, 512>;

fn after(a: vec2<u32>, b: vec2<u32>) -> bool {
  return a.x > b.x || (a.x == b.x && a.y > b.y);
}

// The lower of the two keys that pair number `pair` compares.
fn lower(pair: u32, distance: u32) -> u32 {
  return pair / distance * 2u * distance + pair % distance;
}

fn keyOf(j: u32) -> vec2<u32> {
  if (j >= parameters.count) {
    return vec2<u32>(last, j);
  }
  // A negative index becomes a large unsigned one.
  let index = u32(indices[j]);
  return vec2<u32>(select(last, index, index < parameters.length), j);
}

// Exchanges in the workgroup's block, at distances of `longest` and its halves. Runs of `width` go up and down in turn.
fn mergeBlock(lane: u32, first: u32, width: u32, longest: u32) {
  for (var distance = longest; distance > 0u; distance /= 2u) {
    workgroupBarrier();
    let i = lower(lane, distance);
    let a = block[i];
    let b = block[i + distance];
    if (after(a, b) == (((first + i) & width) == 0u)) {
      block[i] = b;
      block[i + distance] = a;
    }
  }
  workgroupBarrier();
}

@compute @workgroup_size(256)
fn start(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  // A workgroup too many sorts keys of nothing; it stores none.
  let first = (group.y * groups.x + group.x) * blockLength;
  block[lane] = keyOf(first + lane);
  block[lane + lanes] = keyOf(first + lane + lanes);
  for (var width = 2u; width <= blockLength; width *= 2u) {
    mergeBlock(lane, first, width, width / 2u);
  }
  if (first < parameters.padded) {
    keys[first + lane] = block[lane];
    keys[first + lane + lanes] = block[lane + lanes];
  }
}

@compute @workgroup_size(256)
fn exchange(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = lower((group.y * groups.x + group.x) * lanes + lane, parameters.distance);
  if (i >= parameters.padded) {
    return;
  }
  let a = keys[i];
  let b = keys[i + parameters.distance];
  if (after(a, b) == ((i & parameters.width) == 0u)) {
    keys[i] = b;
    keys[i + parameters.distance] = a;
  }
}

@compute @workgroup_size(256)
fn finish(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = (group.y * groups.x + group.x) * blockLength;
  // A workgroup too many repeats the last block; it stores nothing.
  let source = min(first, parameters.padded - blockLength);
  block[lane] = keys[source + lane];
  block[lane + lanes] = keys[source + lane + lanes];
  mergeBlock(lane, source, parameters.width, blockLength / 2u);
  if (first < parameters.padded) {
    keys[first + lane] = block[lane];
    keys[first + lane + lanes] = block[lane + lanes];
  }
}

@compute @workgroup_size(256)
fn find(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let entry = (group.y * groups.x + group.x) * lanes + lane;
  if (entry > parameters.length) {
    return;
  }
  // The first key that is not below the entry: it lies within low … high.
  var low = 0u;
  var high = parameters.padded;
  while (low < high) {
    let middle = (low + high) / 2u;
    if (keys[middle].x < entry) {
      low = middle + 1u;
    } else {
      high = middle;
    }
  }
  starts[entry] = low;
}
