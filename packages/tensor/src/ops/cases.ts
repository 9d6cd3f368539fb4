/** @file The case table: every op's cases, checked on every device. A new op adds a line. */
import type { OpCase } from "../testing/case.ts";
import { argmaxCases } from "./argmax/argmax.cases.ts";
import { attentionCases } from "./attention/attention.cases.ts";
import { averagePoolCases } from "./average-pool/average-pool.cases.ts";
import { batchNormCases } from "./batch-norm/batch-norm.cases.ts";
import { concatCases } from "./concat/concat.cases.ts";
import { conv2dCases } from "./conv2d/conv2d.cases.ts";
import { crossEntropyCases } from "./cross-entropy/cross-entropy.cases.ts";
import { dropoutCases } from "./dropout/dropout.cases.ts";
import { activationCases } from "./elementwise/activations.cases.ts";
import { choiceCases } from "./elementwise/choices.cases.ts";
import { binaryCases, unaryCases } from "./elementwise/elementwise.cases.ts";
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
import { topKHitsCases } from "./top-k-hits/top-k-hits.cases.ts";
import { transposeCases } from "./transpose/transpose.cases.ts";

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
  ...maxPoolCases,
  ...averagePoolCases,
  ...batchNormCases,
  ...layerNormCases,
  ...dropoutCases,
  ...softmaxCases,
  ...attentionCases,
  ...crossEntropyCases,
  ...lookupTableCases,
  ...oneHotCases,
  ...gatherCases,
  ...argmaxCases,
  ...topKHitsCases,
];
