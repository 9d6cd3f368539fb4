/** @file The case table: every op's cases, checked on every device. A new op adds a line. */
import type { OpCase } from "../testing/case.ts";
import { argmaxCases } from "./argmax/argmax.cases.ts";
import { attentionCases } from "./attention/attention.cases.ts";
import { augmentBatchCases } from "./augment-batch/augment-batch.cases.ts";
import { averagePoolCases } from "./average-pool/average-pool.cases.ts";
import { batchNormCases } from "./batch-norm/batch-norm.cases.ts";
import { concatCases } from "./concat/concat.cases.ts";
import { conv2dCases } from "./conv2d/conv2d.cases.ts";
import { conv2dTransposeCases } from "./conv2d-transpose/conv2d-transpose.cases.ts";
import { countNonFiniteCases } from "./count-non-finite/count-non-finite.cases.ts";
import { cropAndResizeCases } from "./crop-and-resize/crop-and-resize.cases.ts";
import { crossEntropyCases } from "./cross-entropy/cross-entropy.cases.ts";
import { depthwiseConv2dCases } from "./depthwise-conv2d/depthwise-conv2d.cases.ts";
import { dropBlockCases } from "./drop-block/drop-block.cases.ts";
import { dropoutCases } from "./dropout/dropout.cases.ts";
import { activationCases } from "./elementwise/activations.cases.ts";
import { choiceCases } from "./elementwise/choices.cases.ts";
import { binaryCases, unaryCases } from "./elementwise/elementwise.cases.ts";
import { eraseBoxesCases } from "./erase-boxes/erase-boxes.cases.ts";
import { gatherCases } from "./gather/gather.cases.ts";
import { layerNormCases } from "./layer-norm/layer-norm.cases.ts";
import { lookupTableCases } from "./lookup-table/lookup-table.cases.ts";
import { matmulCases } from "./matmul/matmul.cases.ts";
import { maxPoolCases } from "./max-pool/max-pool.cases.ts";
import { momentsCases } from "./moments/moments.cases.ts";
import { oneHotCases } from "./one-hot/one-hot.cases.ts";
import { padCases } from "./pad/pad.cases.ts";
import { reductionCases } from "./reduce/reduce.cases.ts";
import { reshapeCases } from "./reshape/reshape.cases.ts";
import { sliceCases } from "./slice/slice.cases.ts";
import { softmaxCases } from "./softmax/softmax.cases.ts";
import { sumOfSquaresCases } from "./sum-of-squares/sum-of-squares.cases.ts";
import { topKHitsCases } from "./top-k-hits/top-k-hits.cases.ts";
import { transposeCases } from "./transpose/transpose.cases.ts";
import { upsample2dCases } from "./upsample2d/upsample2d.cases.ts";

export const opCases: readonly OpCase[] = [
  ...unaryCases,
  ...binaryCases,
  ...activationCases,
  ...choiceCases,
  ...reductionCases,
  ...momentsCases,
  ...reshapeCases,
  ...transposeCases,
  ...padCases,
  ...sliceCases,
  ...concatCases,
  ...matmulCases,
  ...conv2dCases,
  ...depthwiseConv2dCases,
  ...conv2dTransposeCases,
  ...maxPoolCases,
  ...averagePoolCases,
  ...upsample2dCases,
  ...batchNormCases,
  ...layerNormCases,
  ...dropoutCases,
  ...softmaxCases,
  ...attentionCases,
  ...dropBlockCases,
  ...crossEntropyCases,
  ...lookupTableCases,
  ...augmentBatchCases,
  ...cropAndResizeCases,
  ...eraseBoxesCases,
  ...oneHotCases,
  ...gatherCases,
  ...argmaxCases,
  ...topKHitsCases,
  ...sumOfSquaresCases,
  ...countNonFiniteCases,
];
