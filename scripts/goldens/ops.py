"""Small results of PyTorch in float64, frozen in packages/tensor/goldens/ops.json: the oracles are checked against them.

Run from the repository's root: python3 scripts/goldens/ops.py

Input number i of an entry is uniform(low, high) with key {seed 5, stream i}, the range being (-1, 1) unless the entry
says otherwise; the gradient of the output is uniform(-1, 1) with key {seed 6, stream 0}. Images are NHWC and filters
HWIO. For optimizers, inputs are the parameter and then the gradients of three steps.
"""

import datetime
import json
import math
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

from philox import check_known_answers, random_bits, uniform

BATCH_NORM_EPSILON = 1e-3
OPTIMIZER_STEPS = 3


def draw(shapes, ranges=None):
    ranges = ranges or [(-1, 1)] * len(shapes)
    pairs = enumerate(zip(shapes, ranges))
    values = [uniform(math.prod(shape), low, high, seed=5, stream=i).reshape(shape) for i, (shape, (low, high)) in pairs]
    return [torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in values]


def differentiated(function, shapes, ranges=None):
    """Output and gradients of a function, whose inputs are as drawn."""
    inputs = draw(shapes, ranges)
    output = function(*inputs)
    seed = uniform(output.numel(), -1, 1, seed=6, stream=0).reshape(output.shape)
    output.backward(torch.tensor(seed, dtype=torch.float64))
    return {
        "shapes": shapes,
        "ranges": ranges or [(-1, 1)] * len(shapes),
        "output": numbers(output),
        "gradients": [numbers(value.grad) for value in inputs],
    }


def numbers(tensor):
    return tensor.detach().reshape(-1).tolist()


def images_first(function):
    """Lets a function of NCHW images take and give NHWC."""
    return lambda x, *others: function(x.permute(0, 3, 1, 2), *others).permute(0, 2, 3, 1).contiguous()


def convolve(x, filters, bias, **options):
    return F.conv2d(x, filters.permute(3, 2, 0, 1), bias, **options)


def convolve_padded(x, filters, bias):
    """Explicit padding [[2, 0], [1, 3]] and stride 2; F.pad counts from the last axis."""
    return convolve(F.pad(x, (1, 3, 2, 0)), filters, bias, stride=2)


def normalise(x, gamma, beta):
    return F.batch_norm(x, None, None, gamma, beta, training=True, eps=BATCH_NORM_EPSILON)


def cross_entropy(logits):
    labels = torch.tensor((random_bits(4, seed=7, stream=0) % 6).astype(np.int64))
    return F.cross_entropy(logits, labels)


def optimised(make):
    """A parameter's values after each of three steps."""
    parameter, *gradients = draw([[5]] * (1 + OPTIMIZER_STEPS))
    optimizer = make([parameter])
    values = []
    for gradient in gradients:
        parameter.grad = gradient.detach().clone()
        optimizer.step()
        values.append(numbers(parameter))
    return values


def freeze(name, script, goldens):
    """Writes a file of goldens, one to a line, with where they come from."""
    provenance = {
        "script": script,
        "torch": torch.__version__,
        "numpy": np.__version__,
        "date": datetime.date.today().isoformat(),
    }
    path = pathlib.Path(__file__).parents[2] / "packages/tensor/goldens" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    entries = {"provenance": provenance, **goldens}.items()
    lines = [f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in entries]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def main():
    check_known_answers()
    image, bias = [2, 4, 5, 2], [3]
    goldens = {
        "conv2dSame": differentiated(
            images_first(lambda *x: convolve(*x, padding="same")), [image, [3, 2, 2, 3], bias]
        ),
        "conv2dExplicit": differentiated(images_first(convolve_padded), [image, [3, 3, 2, 3], bias]),
        "maxPool": differentiated(images_first(lambda x: F.max_pool2d(x, 3, 2)), [[2, 5, 7, 2]]),
        "batchNorm": differentiated(
            images_first(normalise), [[2, 3, 2, 3], [3], [3]], [(-1, 1), (0.5, 1.5), (-1, 1)]
        ),
        "crossEntropy": differentiated(cross_entropy, [[4, 6]], [(-3, 3)]),
        "elu": differentiated(lambda x: F.elu(x, alpha=0.3), [[11]], [(-3, 3)]),
        "adam": optimised(lambda p: torch.optim.Adam(p, lr=0.1, betas=(0.8, 0.95), eps=1e-3)),
        "sgd": optimised(lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9)),
        "nesterov": optimised(lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True)),
    }
    freeze("ops.json", "scripts/goldens/ops.py", goldens)


if __name__ == "__main__":
    main()
