"""Small results of PyTorch in float64, frozen in packages/tensor/goldens/ops-softmax.json: softmax and its losses,
attention, normalisation and moments, batched products, and the activations and rearrangements.

Run from the repository's root: python3 scripts/goldens/ops_softmax.py

Inputs and the output's gradient are drawn as in ops.py. Class numbers are random bits with key {seed 7, stream 0} modulo
the number of classes; soft labels (stream 1), class weights (2) and conditions (3) are uniform numbers of seed 7.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F

from ops import differentiated, freeze, images_first, numbers
from philox import check_known_answers, random_bits, uniform

WIDE = [(-3, 3)]


def classes(shape, count):
    labels = random_bits(math.prod(shape), seed=7, stream=0) % count
    return torch.tensor(labels.astype(np.int64)).reshape(shape)


def constant(shape, low, high, stream):
    return torch.tensor(uniform(math.prod(shape), low, high, seed=7, stream=stream), dtype=torch.float64).reshape(shape)


def cross_entropy(shape, soft=False, weighted=False, **options):
    """Of logits [..., classes], which PyTorch wants as [n, classes, ...]."""
    target = constant(shape, 0, 1, 1) if soft else classes(shape[:-1], shape[-1])
    weight = constant(shape[-1:], 0.5, 1.5, 2) if weighted else None

    def loss(logits):
        labels = target.movedim(-1, 1) if soft else target
        return F.cross_entropy(logits.movedim(-1, 1), labels, weight=weight, **options)

    return differentiated(loss, [shape], WIDE)


def attention(query, key, value, mask=None):
    """[batch, heads, length, depth]: PyTorch's multi-head attention, whose projections leave everything as it is."""
    batch, heads, _, depth = query.shape
    size = heads * depth
    joined = [x.permute(2, 0, 1, 3).reshape(-1, batch, size) for x in (query, key, value)]
    weights, biases = torch.eye(size, dtype=torch.float64), torch.zeros(3 * size, dtype=torch.float64)
    masks = None if mask is None else mask.expand(batch, heads, *mask.shape[-2:]).reshape(batch * heads, *mask.shape[-2:])
    projections = [size, heads, torch.cat([weights] * 3), biases, None, None, False, 0.0, weights, biases[:size]]
    result, _ = F.multi_head_attention_forward(*joined, *projections, attn_mask=masks)
    return result.reshape(-1, batch, heads, depth).permute(1, 2, 0, 3).contiguous()


def causal(query, key, value):
    hidden = torch.full((query.shape[2], key.shape[2]), -math.inf, dtype=torch.float64).triu(1)
    return attention(query, key, value, hidden)


def losses():
    return {
        "softmax": differentiated(lambda x: F.softmax(x, -1), [[3, 5]], WIDE),
        "softmaxAlong1": differentiated(lambda x: F.softmax(x, 1), [[2, 4, 3]], WIDE),
        "logSoftmax": differentiated(lambda x: F.log_softmax(x, -1), [[3, 5]], WIDE),
        "logSoftmaxAlong0": differentiated(lambda x: F.log_softmax(x, 0), [[4, 3]], WIDE),
        "crossEntropyPixels": cross_entropy([2, 3, 4, 5]),
        "crossEntropySmoothed": cross_entropy([6, 5], label_smoothing=0.1),
        "crossEntropyIgnored": cross_entropy([9, 4], ignore_index=2),
        "crossEntropyWeighted": cross_entropy([9, 4], weighted=True),
        "crossEntropyAll": cross_entropy([2, 5, 4], weighted=True, label_smoothing=0.2, ignore_index=1),
        "crossEntropySoft": cross_entropy([4, 6], soft=True),
        "crossEntropySoftPixels": cross_entropy([2, 3, 2, 4], soft=True, weighted=True, label_smoothing=0.3),
    }


def products():
    heads, longer = [2, 2, 3, 4], [2, 2, 5, 4]
    return {
        "matmulBatched": differentiated(torch.matmul, [[2, 3, 4, 5], [3, 5, 2]]),
        "matmulStretched": differentiated(torch.matmul, [[2, 1, 2, 3], [4, 3, 2]]),
        "matmulTransposed": differentiated(lambda a, b: a.mT @ b.mT, [[2, 5, 3], [2, 4, 5]]),
        "attention": differentiated(attention, [heads, longer, longer]),
        "attentionCausal": differentiated(causal, [heads, heads, heads]),
        "attentionMasked": differentiated(attention, [heads, longer, longer, [2, 1, 3, 5]]),
    }


def statistics():
    affine = [(-1, 1), (0.5, 1.5), (-1, 1)]
    return {
        "layerNorm": differentiated(
            lambda x, gamma, beta: F.layer_norm(x, gamma.shape, gamma, beta, eps=1e-3), [[4, 6], [6], [6]], affine
        ),
        "layerNormOver2": differentiated(
            lambda x, gamma, beta: F.layer_norm(x, gamma.shape, gamma, beta, eps=1e-3), [[2, 3, 5], [3, 5], [3, 5]], affine
        ),
        "variance": differentiated(lambda x: torch.var(x, (0, 2), unbiased=False), [[2, 3, 4]]),
        "varianceCorrected": differentiated(lambda x: torch.var(x, 1, unbiased=True, keepdim=True), [[3, 5]]),
        "standardDeviation": differentiated(lambda x: torch.std(x, 0, unbiased=False), [[5, 3]]),
    }


def elementwise():
    chosen = constant([11], -1, 1, 3) > 0
    unary = {
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "softplus": F.softplus,
        "silu": F.silu,
        "gelu": F.gelu,
        "leakyRelu": lambda x: F.leaky_relu(x, 0.3),
        "clip": lambda x: torch.clamp(x, -0.5, 1.25),
    }
    return {
        **{name: differentiated(function, [[11]], WIDE) for name, function in unary.items()},
        "minimum": differentiated(torch.minimum, [[3, 4], [4]]),
        "where": differentiated(lambda a, b: torch.where(chosen, a, b), [[11], [11]]),
    }


def rearrangements():
    pool = images_first(lambda x: F.avg_pool2d(x, 3, 2))
    same = images_first(lambda x: F.avg_pool2d(x, 3, 2, padding=1, count_include_pad=False))
    one_hot = F.one_hot(classes([7], 4), 4).double()
    return {
        "averagePool": differentiated(pool, [[2, 5, 7, 2]]),
        "averagePoolSame": differentiated(same, [[2, 5, 7, 2]]),
        "globalAveragePool": differentiated(images_first(lambda x: F.adaptive_avg_pool2d(x, 1)), [[2, 3, 4, 2]]),
        # F.pad counts from the last axis: [[1, 0], [0, 2], [2, 1]].
        "pad": differentiated(lambda x: F.pad(x, (2, 1, 0, 2, 1, 0), value=0.5), [[2, 3, 4]]),
        "slice": differentiated(lambda x: x[1:3, 0:2, 2:5].contiguous(), [[4, 3, 6]]),
        "concat": differentiated(lambda a, b: torch.cat([a, b], 1), [[2, 3, 2], [2, 1, 2]]),
        "gather": differentiated(lambda x: torch.index_select(x, 1, torch.tensor([0, 3, 3, 1])), [[2, 5, 3]]),
        "oneHot": {"shapes": [], "ranges": [], "output": numbers(one_hot), "gradients": []},
    }


def main():
    check_known_answers()
    goldens = {**losses(), **products(), **statistics(), **elementwise(), **rearrangements()}
    freeze("ops-softmax.json", "scripts/goldens/ops_softmax.py", goldens)


main()
