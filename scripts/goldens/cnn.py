"""Ten training steps of the small CNN in PyTorch, frozen in packages/nn/goldens/cnn.json.

Run from the repository's root: python3 scripts/goldens/cnn.py && npx biome format --write packages/nn/goldens

The network: filters 32, 64, 128, each block twice [3x3 convolution with "same" padding and bias, ReLU, batch
normalisation (epsilon 1e-3)], then 2x2 max-pool; flatten in NHWC order to 2048; dense 512 with ReLU; dense 100.
No dropout. Parameters are numbered in the order of the layers (kernel, bias, gamma, beta); moving statistics have
no number. Everything is drawn from Philox, so that whoever compares computes the same inputs:

  kernel number p    uniform(-l, l), l = sqrt(6 / (fan in + fan out)), key {seed 1, stream p}; HWIO or [in, out]
  bias number p      uniform(-0.05, 0.05), key {seed 1, stream p}
  gamma, beta        1, 0
  images of step t   bits >> 24 as uint8 in NHWC order, key {seed 2, stream 0, counter t}; then float32(x / 255)
  labels of step t   bits mod 100, key {seed 3, stream 0, counter t}
  projection j of p  uniform(-1, 1) in the parameter's own layout, key {seed 4, stream p, counter j}

Steps count from 0, one fresh batch a step. Adam: learning rate 1e-3, betas 0.9 and 0.999, epsilon 1e-7. The loss of a
step is the mean cross-entropy before its update. Moving statistics begin as 0 and 1 and follow
`0.99 old + 0.01 batch` with the biased variance; the evaluation uses them on the batch of step 10, after ten updates.

Adam's first step goes by the signs of gradients alone, so an element below float32's noise moves its weight either way.
With batches of 2, one such weight of conv4 decides the loss of step 1 by 8e-4, and PyTorch's own float32 strays from its
float64 by 5e-5 (without oneDNN) to 3e-2 (channels last) within ten steps. Hence the small batch is 4.
"""

import datetime
import json
import math
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

from philox import check_known_answers, random_bits, uniform

FILTERS = (32, 64, 128)
CLASSES = 100
EPSILON = 1e-3
MOMENTUM = 0.99
STEPS = 10
PROJECTIONS = 8


def layers():
    """(name, kind, shape) of every parameter, in order."""
    channels, number, result = 3, 0, []
    for filters in FILTERS:
        for _ in range(2):
            result.append((f"conv{number}.kernel", "kernel", (3, 3, channels, filters)))
            result.append((f"conv{number}.bias", "bias", (filters,)))
            result.append((f"norm{number}.gamma", "gamma", (filters,)))
            result.append((f"norm{number}.beta", "beta", (filters,)))
            channels, number = filters, number + 1
    for number, (inputs, outputs) in enumerate(((4 * 4 * channels, 512), (512, CLASSES))):
        result.append((f"dense{number}.kernel", "kernel", (inputs, outputs)))
        result.append((f"dense{number}.bias", "bias", (outputs,)))
    return result


def initial_value(number, kind, shape):
    size = math.prod(shape)
    if kind in ("gamma", "beta"):
        return np.full(shape, 1.0 if kind == "gamma" else 0.0, dtype=np.float32)
    if kind == "bias":
        return uniform(size, -0.05, 0.05, seed=1, stream=number)
    receptive = math.prod(shape[:-2])
    limit = math.sqrt(6 / (receptive * (shape[-2] + shape[-1])))
    return uniform(size, -limit, limit, seed=1, stream=number).reshape(shape)


def batch_of(size, step, dtype):
    """Images NCHW and labels of a step."""
    pixels = (random_bits(size * 32 * 32 * 3, seed=2, stream=0, counter=step) >> 24).reshape(size, 32, 32, 3)
    images = (pixels.astype(np.float64) / 255).astype(np.float32)
    labels = (random_bits(size, seed=3, stream=0, counter=step) % CLASSES).astype(np.int64)
    # Contiguous: with channels-last strides PyTorch 1.13's float32 loss of step 0 is off by 9e-5 instead of 2e-6.
    return torch.tensor(images).permute(0, 3, 1, 2).contiguous().to(dtype), torch.tensor(labels)


class Network:
    """The network on parameters in TensorFlow's layouts, so that gradients come out in them, too."""

    def __init__(self, dtype):
        values = [initial_value(number, kind, shape) for number, (_, kind, shape) in enumerate(layers())]
        self.parameters = [torch.tensor(value, dtype=dtype, requires_grad=True) for value in values]
        counts = [filters for filters in FILTERS for _ in range(2)]
        self.moving = [(torch.zeros(n, dtype=dtype), torch.ones(n, dtype=dtype)) for n in counts]

    def logits(self, x, training):
        parameters = iter(self.parameters)
        for number in range(2 * len(FILTERS)):
            kernel, bias, gamma, beta = (next(parameters) for _ in range(4))
            x = torch.relu(F.conv2d(x, kernel.permute(3, 2, 0, 1), bias, padding=1))
            x = self.normalise(x, gamma, beta, number, training)
            if number % 2 == 1:
                x = F.max_pool2d(x, 2)
        x = x.permute(0, 2, 3, 1).flatten(1)
        x = torch.relu(x @ next(parameters) + next(parameters))
        return x @ next(parameters) + next(parameters)

    def normalise(self, x, gamma, beta, number, training):
        mean, variance = self.moving[number]
        if not training:
            return F.batch_norm(x, mean, variance, gamma, beta, training=False, eps=EPSILON)
        with torch.no_grad():
            batch = x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=False)
            self.moving[number] = tuple(MOMENTUM * old + (1 - MOMENTUM) * new for old, new in zip((mean, variance), batch))
        return F.batch_norm(x, None, None, gamma, beta, training=True, eps=EPSILON)


def train(size, dtype):
    """Losses of the steps, the first step's gradients, and the loss of the evaluation."""
    network = Network(dtype)
    adam = torch.optim.Adam(network.parameters, lr=1e-3, betas=(0.9, 0.999), eps=1e-7)
    losses, gradients = [], None
    for step in range(STEPS):
        images, labels = batch_of(size, step, dtype)
        loss = F.cross_entropy(network.logits(images, training=True), labels)
        adam.zero_grad()
        loss.backward()
        losses.append(loss.item())
        if step == 0:
            gradients = [parameter.grad.detach().clone() for parameter in network.parameters]
        adam.step()
    images, labels = batch_of(size, STEPS, dtype)
    with torch.no_grad():
        evaluation = F.cross_entropy(network.logits(images, training=False), labels).item()
    return losses, gradients, evaluation


def summary_of(number, gradient):
    """A gradient's norm, and its products with random vectors."""
    flat = gradient.numpy().reshape(-1)
    vectors = (uniform(flat.size, -1, 1, seed=4, stream=number, counter=j) for j in range(PROJECTIONS))
    return {
        "norm": float(np.linalg.norm(flat)),
        "projections": [float(flat @ vector.astype(np.float64)) for vector in vectors],
    }


def golden(size):
    losses, gradients, evaluation = train(size, torch.float64)
    losses32, _, evaluation32 = train(size, torch.float32)
    print(f"batch {size}: float64 {losses} then {evaluation}\n  float32 {losses32} then {evaluation32}")
    names = [{"name": name, "shape": shape} for name, _, shape in layers()]
    return {
        "batch": size,
        "losses": {"float64": losses, "float32": losses32},
        "evaluation": {"float64": evaluation, "float32": evaluation32},
        "firstGradients": [{**name, **summary_of(p, g)} for p, (name, g) in enumerate(zip(names, gradients))],
    }


def main():
    check_known_answers()
    torch.set_num_threads(1)
    trainable = sum(math.prod(shape) for _, _, shape in layers())
    moving = 2 * 2 * sum(FILTERS)
    assert (trainable, trainable + moving) == (1388292, 1389188)
    result = {
        "provenance": {
            "script": "scripts/goldens/cnn.py",
            "torch": torch.__version__,
            "numpy": np.__version__,
            "threads": 1,
            "date": datetime.date.today().isoformat(),
        },
        "runs": [golden(32), golden(4)],
    }
    path = pathlib.Path(__file__).parents[2] / "packages/nn/goldens/cnn.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=2) + "\n")


main()
