export { type Decoded, decode, type Tensor, type TensorOf } from "./decode.ts";
export { DTYPES, type Dtype, type DtypeArray } from "./dtype.ts";
export { encode, encodeParts, type Named } from "./encode.ts";
export { SafetensorsError } from "./errors.ts";
export { bfloat16ToFloat, floatToHalf, halfToFloat } from "./half.ts";
export { type Header, readHeader, type TensorInfo } from "./header.ts";
export { openRanged, type RangedReader, type RangeSource } from "./ranged.ts";
