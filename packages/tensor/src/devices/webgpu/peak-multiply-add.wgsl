// Dense multiply-adds, for the peak that kernels are measured against: values[i] = x after x = x * 0.999 + 0.001, in
// eight chains of four lanes side by side, `turns` times eight links each.
//
// values: [threads]. One thread writes one element, so that nothing is left out as unused. A chain tends to 1, so that
// no number is subnormal or infinite. Precondition: values has as many elements as threads are launched.

struct Parameters { turns: u32, threads: u32 }

@group(0) @binding(0) var<storage, read_write> values: array<f32>;
@group(0) @binding(1) var<uniform> parameters: Parameters;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let index = (group.y * groups.x + group.x) * 64u + local;
  if (index >= parameters.threads) { return; }
  let start = vec4<f32>(f32(index % 7u)) + vec4<f32>(0.0, 0.1, 0.2, 0.3);
  let m = vec4<f32>(0.999);
  let a = vec4<f32>(0.001);
  var x0 = start;
  var x1 = start + 1.0;
  var x2 = start + 2.0;
  var x3 = start + 3.0;
  var x4 = start + 4.0;
  var x5 = start + 5.0;
  var x6 = start + 6.0;
  var x7 = start + 7.0;
  for (var turn = 0u; turn < parameters.turns; turn++) {
    for (var link = 0u; link < 8u; link++) {
      x0 = fma(x0, m, a);
      x1 = fma(x1, m, a);
      x2 = fma(x2, m, a);
      x3 = fma(x3, m, a);
      x4 = fma(x4, m, a);
      x5 = fma(x5, m, a);
      x6 = fma(x6, m, a);
      x7 = fma(x7, m, a);
    }
  }
  let sum = x0 + x1 + x2 + x3 + x4 + x5 + x6 + x7;
  values[index] = sum.x + sum.y + sum.z + sum.w;
}
