// probabilities[row, k] = exp(logits[row, k] - max) / sum, with the maximum and the sum of exponentials of the row, and
// losses[row] = log(sum) - (logits[row, labels[row]] - max); NaN where the label is not a class. A row with a NaN, or
// whose maximum is infinite, is NaN throughout.
//
// Layout: logits and probabilities are [rows, classes] float32, row-major; labels is [rows] int32, losses [rows]
// float32. One workgroup computes one row, its invocations taking every 64th class. Precondition: rows and classes at
// least 1.

struct Parameters {
  rows: u32,
  classes: u32,
  // A NaN from the host: WGSL has no literal for it.
  nan: f32,
}

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<i32>;
@group(0) @binding(2) var<storage, read_write> probabilities: array<f32>;
@group(0) @binding(3) var<storage, read_write> losses: array<f32>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

const lanes = 64u;

var<workgroup> partial: array<f32, 64>;

// Comparing a NaN is not reliable in WGSL, nor are functions of it; its bits are.
fn isNan(value: f32) -> bool {
  return (bitcast<u32>(value) & 0x7fffffffu) > 0x7f800000u;
}

fn isFinite(value: f32) -> bool {
  return (bitcast<u32>(value) & 0x7fffffffu) < 0x7f800000u;
}

fn greater(a: f32, b: f32) -> f32 {
  if (isNan(a)) {
    return a;
  }
  return select(a, b, isNan(b) || b > a);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let classes = parameters.classes;
  // A workgroup too many repeats the last row, so that every one meets its barriers; it stores nothing.
  let number = group.y * groups.x + group.x;
  let row = min(number, parameters.rows - 1u);
  let stores = number < parameters.rows;
  let start = row * classes;

  var greatest = logits[start];
  for (var k = lane; k < classes; k += lanes) {
    greatest = greater(greatest, logits[start + k]);
  }
  partial[lane] = greatest;
  workgroupBarrier();
  for (var half = lanes / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      partial[lane] = greater(partial[lane], partial[lane + half]);
    }
    workgroupBarrier();
  }
  greatest = partial[0];
  workgroupBarrier();

  var sum = 0.0;
  for (var k = lane; k < classes; k += lanes) {
    sum += exp(logits[start + k] - greatest);
  }
  partial[lane] = sum;
  workgroupBarrier();
  for (var half = lanes / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      partial[lane] += partial[lane + half];
    }
    workgroupBarrier();
  }
  sum = partial[0];

  if (!stores) {
    return;
  }
  for (var k = lane; k < classes; k += lanes) {
    let probability = exp(logits[start + k] - greatest) / sum;
    probabilities[start + k] = select(parameters.nan, probability, isFinite(greatest));
  }
  if (lane == 0u) {
    // A negative label becomes a large unsigned one.
    let label = u32(labels[row]);
    if (label < classes && isFinite(greatest)) {
      losses[row] = log(sum) - (logits[start + label] - greatest);
    } else {
      losses[row] = parameters.nan;
    }
  }
}
