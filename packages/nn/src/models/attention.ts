import { Conv2D } from "../layers/conv2d.ts";
import { LayerNormalization } from "../layers/layer-normalization.ts";
import { Residual } from "../layers/residual.ts";
import { SelfAttention2D } from "../layers/self-attention2d.ts";
import { Sequential } from "../layers/sequential.ts";
import { type DropBlockOptions, dropBlockNetwork } from "./drop-block-network.ts";

const heads = 8;

/**
 * The network of `cnnDropBlock` with self-attention over its last feature map: to the last convolution's 4×4 pixels of
 * 512 channels, before they are pooled, is added what 8 heads of 64 find in them, x + attention(layerNorm(x)). For
 * 32×32×3 images and 100 classes it has 11,356,252 parameters, moving statistics included.
 *
 * Source: O. Mohamed, "Object Classification on CIFAR-100", whose part 1 announces self-attention for later; no such
 * part appeared, so that where the attention stands, its heads, its normalisation and the sum around it are our choice:
 * those of the Transformer's encoder (Vaswani et al., 2017) with the normalisation first. All else is its part 3.
 *
 * @throws ArgumentError if `classes` or a number of filters is not a whole number of at least 1, or the last map's
 *   channels cannot be split among the heads
 */
export function attention({ keepProbability = 1, blockSize = 5, ...options }: DropBlockOptions): Sequential {
  return dropBlockNetwork(
    "attention",
    { ...options, keepProbability, blockSize },
    ({ inputs, filters, kernelSize, last }, random) => {
      const convolution = new Conv2D({ inputs, filters, kernelSize, padding: "same", bias: false }, random);
      if (!last) return [convolution];
      const attend = new Sequential([
        new LayerNormalization({ inputs: filters, epsilon: 1e-5 }),
        new SelfAttention2D({ inputs: filters, numHeads: heads, keyDim: filters / heads }, random),
      ]);
      return [convolution, new Residual(attend)];
    },
  );
}
