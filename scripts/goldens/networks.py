"""One training step's gradients of larger networks in PyTorch, frozen in packages/nn/goldens/networks.json.

Run from the repository's root: python3 scripts/goldens/networks.py && npx biome format --write packages/nn/goldens

Every network is computed in float64, at its full width and at a fraction of it, with dropout off and batch statistics
on. Parameters are numbered in the order of the layers, and drawn from Philox, so that whoever compares has the same:

  kernel number p    uniform(-l, l), l = sqrt(6 / (fan in + fan out)), key {seed 1, stream p}; HWIO or [in, out]
  bias number p      uniform(-0.05, 0.05), key {seed 1, stream p}
  gamma, beta        1, 0
  images             bits >> 24 as uint8 in NHWC order, key {seed 2, stream 0}; then float32(x / 255)
  labels             bits mod classes, key {seed 3, stream 0}
  projection j of p  signs: element i has bit 8 (i mod 4) + j of word i // 4 of {seed 4, stream p}; 1 counts +1, 0 -1

A gradient is stored as its norm and its products with eight vectors of such signs. For any d the mean of the squared
products of d with random signs is its squared norm, so that products tell how far another gradient is from this one.
"""

import datetime
import json
import math
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

from philox import check_known_answers, random_bits, uniform

PROJECTIONS = 8
CLASSES = 100


class Parameters:
    """Hands out parameters in TensorFlow's layouts, so that gradients come out in them, and remembers them."""

    def __init__(self):
        self.named = []

    def take(self, name, kind, shape):
        number = len(self.named)
        tensor = torch.tensor(self.value(number, kind, shape), dtype=torch.float64, requires_grad=True)
        self.named.append((f"{name}.{kind}", tensor))
        return tensor

    @staticmethod
    def value(number, kind, shape):
        size = math.prod(shape)
        if kind in ("gamma", "beta"):
            return np.full(shape, 1.0 if kind == "gamma" else 0.0, dtype=np.float32)
        if kind == "bias":
            return uniform(size, -0.05, 0.05, seed=1, stream=number)
        limit = math.sqrt(6 / (math.prod(shape[:-2]) * (shape[-2] + shape[-1])))
        return uniform(size, -limit, limit, seed=1, stream=number).reshape(shape)

    def conv(self, name, x, filters, size):
        """Convolution with bias and TensorFlow's `same` padding: the odd zero at the bottom and right."""
        kernel = self.take(name, "kernel", (size, size, x.shape[1], filters))
        bias = self.take(name, "bias", (filters,))
        before, after = (size - 1) // 2, size // 2
        return F.conv2d(F.pad(x, (before, after, before, after)), kernel.permute(3, 2, 0, 1), bias)

    def dense(self, name, x, units):
        kernel = self.take(name, "kernel", (x.shape[1], units))
        return x @ kernel + self.take(name, "bias", (units,))


def max_pool_same(x):
    """2x2 max-pooling that pads with minus infinity at the bottom and right where a size is odd."""
    height, width = x.shape[2:]
    return F.max_pool2d(F.pad(x, (0, width % 2, 0, height % 2), value=-math.inf), 2)


def flat(x):
    """Flattened in NHWC order."""
    return x.permute(0, 2, 3, 1).flatten(1)


ELU18 = (
    ((384, 3),),
    ((384, 1), (384, 2), (640, 2), (640, 2)),
    ((640, 3), (768, 2), (768, 2), (768, 2)),
    ((768, 1), (896, 2), (896, 2)),
    ((896, 3), (1024, 2), (1024, 2)),
    ((1024, 1), (1152, 2)),
    ((1152, 1),),
)


def elu18(x, parameters, width):
    x, number = F.pad(x, (4, 4, 4, 4)), 0
    for stack in ELU18:
        for filters, size in stack:
            number += 1
            x = parameters.conv(f"conv2d_{number}", x, filters // width, size)
        x = max_pool_same(F.elu(x))
    return parameters.dense("dense_1", flat(x), CLASSES)


# Name, network, batch, the widths as divisors, and how many parameters the network has at full width.
NETWORKS = (("elu18", elu18, 4, (1, 8), 42_607_204),)


def images_and_labels(batch):
    pixels = (random_bits(batch * 32 * 32 * 3, seed=2, stream=0) >> 24).reshape(batch, 32, 32, 3)
    images = (pixels.astype(np.float64) / 255).astype(np.float32)
    labels = (random_bits(batch, seed=3, stream=0) % CLASSES).astype(np.int64)
    return torch.tensor(images).permute(0, 3, 1, 2).contiguous().to(torch.float64), torch.tensor(labels)


def summary_of(number, gradient):
    """A gradient's norm, and its products with vectors of random signs."""
    values = gradient.numpy().reshape(-1)
    words = random_bits(-(-values.size // 4), seed=4, stream=number)
    octets = np.stack([(words >> (8 * i)) & 0xFF for i in range(4)], axis=1).reshape(-1)[: values.size]
    signs = (np.where((octets >> j) & 1, 1.0, -1.0) for j in range(PROJECTIONS))
    return {"norm": float(np.linalg.norm(values)), "projections": [float(values @ vector) for vector in signs]}


def golden(name, network, batch, width):
    parameters = Parameters()
    images, labels = images_and_labels(batch)
    loss = F.cross_entropy(network(images, parameters, width), labels)
    gradients = torch.autograd.grad(loss, [tensor for _, tensor in parameters.named])
    count = sum(tensor.numel() for _, tensor in parameters.named)
    print(f"{name} / {width}: {count} parameters, loss {loss.item()}")
    rows = [
        {"name": path, "shape": list(tensor.shape), **summary_of(number, gradient)}
        for number, ((path, tensor), gradient) in enumerate(zip(parameters.named, gradients))
    ]
    return {"network": name, "width": width, "batch": batch, "parameters": count, "loss": loss.item(), "gradients": rows}


def main():
    check_known_answers()
    runs = []
    for name, network, batch, widths, count in NETWORKS:
        for width in widths:
            runs.append(golden(name, network, batch, width))
            assert width > 1 or runs[-1]["parameters"] == count, runs[-1]["parameters"]
    result = {
        "provenance": {
            "script": "scripts/goldens/networks.py",
            "torch": torch.__version__,
            "numpy": np.__version__,
            "date": datetime.date.today().isoformat(),
        },
        "runs": runs,
    }
    path = pathlib.Path(__file__).parents[2] / "packages/nn/goldens/networks.json"
    path.write_text(json.dumps(result, indent=2) + "\n")


main()
