// A copy of four elements a thread, for the bandwidth that kernels are measured against: output[i] = source[i].
//
// source, output: [quads] vectors of four.

struct Parameters { quads: u32 }

@group(0) @binding(0) var<storage, read> source: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> output: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>,
        @builtin(local_invocation_index) local: u32) {
  let index = (group.y * groups.x + group.x) * 64u + local;
  if (index < parameters.quads) { output[index] = source[index]; }
}
