export type { InputSpec, OpCase } from "./case.ts";
export { type CaseResult, checkCase, checkSameBits } from "./check-case.ts";
export { checkOracle } from "./check-oracle.ts";
export { type Comparison, checkClose, MismatchError } from "./compare.ts";
export { openTestDevices, openWebgpuOrWarn, type TestDevice } from "./devices.ts";
export { type GradientCheckOptions, gradientCheck } from "./gradient-check.ts";
export { mapArray, mapPairs, type NdArray, ndArray, sumToShape } from "./nd-array.ts";
export {
  arithmetic,
  defaultTolerance,
  exact,
  summation,
  type Tolerance,
  transcendental,
} from "./tolerance.ts";
