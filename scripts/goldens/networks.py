"""One training step's gradients of larger networks in PyTorch, frozen in packages/nn/goldens/networks.json.

Run from the repository's root: python3 scripts/goldens/networks.py && npx biome format --write packages/nn/goldens

Every network is computed in float64, at its full width and at a fraction of it, with dropout off and batch statistics
on. Parameters are numbered in the order of the layers, and drawn from Philox, so that whoever compares has the same:

  kernel number p    uniform(-l, l), l = sqrt(6 / (fan in + fan out)), key {seed 1, stream p}; HWIO or [in, out]
  bias number p      uniform(-0.05, 0.05), key {seed 1, stream p}
  gamma, beta        1, 0
  images             32x32x3 (colouring 32x32x1, AlexNet 227x227x3), bits >> 24 as uint8 in NHWC order, key {seed 2, stream 0}; then float32(x / 255)
  labels             bits mod classes, key {seed 3, stream 0}; one an image, or one a pixel in NHW order
  projection j of p  signs: element i has bit 8 (i mod 4) + j of word i // 4 of {seed 4, stream p}; 1 counts +1, 0 -1

A gradient is stored as its norm and its products with eight vectors of such signs. For any d the mean of the squared
products of d with random signs is its squared norm, so that products tell how far another gradient is from this one.
"""

import datetime
import functools
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

    def plain_conv(self, name, x, filters, size, stride=1, dilation=1):
        """Convolution without bias; with stride 2 `same` padding of TensorFlow's, for even sizes."""
        kernel = self.take(name, "kernel", (size, size, x.shape[1], filters)).permute(3, 2, 0, 1)
        reach = (size - 1) * dilation + 1
        total = max(0, (-(-x.shape[2] // stride) - 1) * stride + reach - x.shape[2])
        before, after = total // 2, total - total // 2
        return F.conv2d(F.pad(x, (before, after, before, after)), kernel, stride=stride, dilation=dilation)

    def separable_conv(self, name, x, filters, size):
        channels, half = x.shape[1], size // 2
        depthwise = self.take(f"{name}.depthwise", "kernel", (size, size, channels, 1)).permute(2, 3, 0, 1)
        pointwise = self.take(f"{name}.pointwise", "kernel", (1, 1, channels, filters)).permute(3, 2, 0, 1)
        return F.conv2d(F.conv2d(x, depthwise, padding=half, groups=channels), pointwise)

    def norm(self, name, x, epsilon):
        gamma = self.take(name, "gamma", (x.shape[1],))
        beta = self.take(name, "beta", (x.shape[1],))
        return F.batch_norm(x, None, None, gamma, beta, training=True, eps=epsilon)

    def layer_norm(self, name, x, epsilon):
        """Over the last axis."""
        gamma, beta = (self.take(name, kind, (x.shape[-1],)) for kind in ("gamma", "beta"))
        return F.layer_norm(x, (x.shape[-1],), gamma, beta, epsilon)

    def dense(self, name, x, units):
        kernel = self.take(name, "kernel", (x.shape[-1], units))
        return x @ kernel + self.take(name, "bias", (units,))

    def plain_dense(self, name, x, units):
        return x @ self.take(name, "kernel", (x.shape[1], units))


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


ELU18_PAPER = (
    ((384, 3),),
    ((384, 1), (384, 2), (640, 2), (640, 2)),
    ((640, 1), (768, 2), (768, 2), (768, 2)),
    ((768, 1), (896, 2), (896, 2)),
    ((896, 3), (1024, 2), (1024, 2)),
    ((1024, 1), (1152, 2)),
    ((1152, 1),),
)
ELU11_PAPER = (
    ((192, 5),),
    ((192, 1), (240, 3)),
    ((240, 1), (260, 2)),
    ((260, 1), (280, 2)),
    ((280, 1), (300, 2)),
    ((300, 1),),
)


def numbered(kind, number):
    """The first of a kind has no number, as Keras names layers."""
    return kind if number == 0 else f"{kind}_{number}"


def elu_paper(stacks, x, parameters, width):
    number = 0
    for stack in stacks:
        for filters, size in stack:
            x = F.elu(parameters.conv(numbered("conv2d", number), x, filters // width, size))
            number += 1
        x = max_pool_same(x)
    return flat(parameters.conv(numbered("conv2d", number), x, CLASSES, 1))


class Numbers:
    """Names of layers by kind, counted."""

    def __init__(self):
        self.seen = {}

    def __call__(self, kind):
        number = self.seen.get(kind, 0)
        self.seen[kind] = number + 1
        return numbered(kind, number)


DROP_BLOCK_EPSILON = 1e-5


def dense_head(x, parameters, name, units):
    for size in (units, units, CLASSES):
        x = parameters.plain_dense(name("dense"), x, size)
        x = parameters.norm(name("batch_normalization"), x, DROP_BLOCK_EPSILON)
        x = torch.relu(x) if size != CLASSES else x
    return x


def attend(name, x, parameters, heads=8):
    """x + attention(layer norm(x)) over the pixels."""
    batch, channels, height, width = x.shape
    pixels = x.flatten(2).transpose(1, 2)
    normal = parameters.layer_norm(f"{name}.body.layer_normalization", pixels, 1e-5)
    inner = f"{name}.body.self_attention2d.attention"
    split = lambda part: parameters.dense(f"{inner}.{part}", normal, channels).unflatten(-1, (heads, -1)).transpose(1, 2)
    query, key, value = split("query"), split("key"), split("value")
    weights = torch.softmax(query @ key.transpose(-1, -2) / math.sqrt(channels // heads), -1)
    joined = (weights @ value).transpose(1, 2).flatten(2)
    return (pixels + parameters.dense(f"{inner}.output", joined, channels)).transpose(1, 2).unflatten(2, (height, width))


def drop_block_network(kind, x, parameters, width, attention=False):
    name = Numbers()
    for size, filters in ((7, 64), (5, 128), (3, 256), (3, 512)):
        x = parameters.norm(name("batch_normalization"), x, DROP_BLOCK_EPSILON)
        convolve = parameters.plain_conv if kind == "conv2d" else parameters.separable_conv
        x = convolve(name(kind), x, filters // width, size)
        if attention and filters == 512:
            x = attend("residual", x, parameters)
        x = F.max_pool2d(x, 2)
        x = torch.relu(parameters.norm(name("batch_normalization"), x, DROP_BLOCK_EPSILON))
    return dense_head(flat(x), parameters, name, 2048 // width)


def pre_activation_block(x, parameters, name, filters):
    x = torch.relu(parameters.norm(f"{name}.norm1", x, DROP_BLOCK_EPSILON))
    x = parameters.plain_conv(f"{name}.conv1", x, filters, 3)
    x = torch.relu(parameters.norm(f"{name}.norm2", x, DROP_BLOCK_EPSILON))
    return parameters.plain_conv(f"{name}.conv2", x, filters, 3)


def resnet_drop_block(x, parameters, width):
    name = Numbers()
    for filters in (128, 256, 512, 1024):
        pair = name("residual_pair")
        h = torch.relu(pre_activation_block(x, parameters, f"{pair}.first", filters // width))
        x = torch.relu(h + pre_activation_block(h, parameters, f"{pair}.second", filters // width))
        # 3x3 of stride 2 with TensorFlow's padding of an even size: one at the bottom and right.
        x = F.max_pool2d(F.pad(x, (0, 1, 0, 1), value=-math.inf), 3, stride=2)
    return dense_head(flat(x), parameters, name, 4096 // width)


def basic_block(x, parameters, name, filters, stride, dilation=1):
    y = parameters.plain_conv(f"{name}.conv1", x, filters, 3, stride, dilation)
    y = torch.relu(parameters.norm(f"{name}.norm1", y, 1e-5))
    y = parameters.norm(f"{name}.norm2", parameters.plain_conv(f"{name}.conv2", y, filters, 3, 1, dilation), 1e-5)
    if stride > 1 or x.shape[1] != filters:
        x = parameters.plain_conv(f"{name}.projection", x, filters, 1, stride)
        x = parameters.norm(f"{name}.projectionNorm", x, 1e-5)
    return torch.relu(x + y)


def resnet18(x, parameters, width):
    name = Numbers()
    x = parameters.plain_conv("conv2d", x, 64 // width, 3)
    x = torch.relu(parameters.norm("batch_normalization", x, 1e-5))
    for stage, filters in enumerate((64, 128, 256, 512)):
        x = basic_block(x, parameters, name("basic_block"), filters // width, 1 if stage == 0 else 2)
        x = basic_block(x, parameters, name("basic_block"), filters // width, 1)
    return parameters.dense("dense", x.mean((2, 3)), CLASSES)


def resnet9(x, parameters, width):
    name = Numbers()

    def convolve(x, filters, name, prefix=""):
        x = parameters.plain_conv(prefix + name("conv2d"), x, filters // width, 3)
        return torch.relu(parameters.norm(prefix + name("batch_normalization"), x, 1e-5))

    def residual(x, filters):
        inner, prefix = Numbers(), f"{name('residual')}.body."
        return x + convolve(convolve(x, filters, inner, prefix), filters, inner, prefix)

    x = convolve(x, 64, name)
    x = residual(F.max_pool2d(convolve(x, 128, name), 2), 128)
    x = F.max_pool2d(convolve(x, 256, name), 2)
    x = residual(F.max_pool2d(convolve(x, 512, name), 2), 512)
    return parameters.plain_dense("dense", x.amax((2, 3)), CLASSES) * 0.125


def alexnet(x, parameters, width):
    name = Numbers()
    for filters, size, stride, half, pooled in ALEXNET:
        kernel_name = name("conv2d")
        kernel = parameters.take(kernel_name, "kernel", (size, size, x.shape[1], filters // width)).permute(3, 2, 0, 1)
        bias = parameters.take(kernel_name, "bias", (filters // width,))
        x = torch.relu(F.conv2d(x, kernel, bias, stride=stride, padding=half))
        x = parameters.norm(name("batch_normalization"), x, 1e-3)
        x = F.max_pool2d(x, 3, stride=2) if pooled else x
    x = flat(x)
    for _ in range(2):
        x = torch.relu(parameters.dense(name("dense"), x, 4096 // width))
    return parameters.dense(name("dense"), x, CLASSES)


ALEXNET = ((96, 11, 4, 0, True), (256, 5, 1, 2, True), (384, 3, 1, 1, False), (384, 3, 1, 1, False), (256, 3, 1, 1, True))


def colour_block(x, parameters, name, filters, resize, prefix=""):
    x = resize(parameters.conv(prefix + name("conv2d"), x, filters, 3))
    return torch.relu(parameters.norm(prefix + name("batch_normalization"), x, 1e-5))


def half(x):
    return F.max_pool2d(x, 2)


def double(x):
    return F.interpolate(x, scale_factor=2)


def colorize_cnn(x, parameters, width):
    name = Numbers()
    for filters, resize in ((32 // width, half), (64 // width, half), (64 // width, lambda x: x), (32 // width, double), (CLASSES, double)):
        x = colour_block(x, parameters, name, filters, resize)
    return parameters.conv(name("conv2d"), x, CLASSES, 3)


def colorize_unet(image, parameters, width):
    outer, middle, lowest = "skip_connection.body.", "skip_connection.body.skip_connection.body.", "skip_connection.body.skip_connection.body.skip_connection.body."
    outer_name, middle_name = Numbers(), Numbers()
    first = colour_block(image, parameters, outer_name, 32 // width, half, outer)
    second = colour_block(first, parameters, middle_name, 64 // width, half, middle)
    x = colour_block(second, parameters, Numbers(), 64 // width, lambda x: x, lowest)
    x = colour_block(torch.cat((x, second), 1), parameters, middle_name, 32 // width, double, middle)
    x = colour_block(torch.cat((x, first), 1), parameters, outer_name, CLASSES, double, outer)
    return parameters.conv("conv2d", torch.cat((x, image), 1), CLASSES, 3)


def normal_block(x, parameters, name, filters, size, stride=1, dilation=1, prefix=""):
    x = parameters.plain_conv(prefix + name("conv2d"), x, filters, size, stride, dilation)
    return torch.relu(parameters.norm(prefix + name("batch_normalization"), x, 1e-5))


# Of the pyramid. The image's map has 4x4 pixels: with DeepLab's 6, 12 and 18 all taps but the middle one would miss it.
DEEPLAB_RATES = (1, 2, 3)


def deeplab(image, parameters, width):
    body = "at_input_size.body."
    name = Numbers()
    x = normal_block(image, parameters, name, 64 // width, 3, 2, prefix=body)
    for filters, stride, dilation in ((64, 2, 1), (128, 2, 1), (256, 1, 2)):
        x = basic_block(x, parameters, body + name("basic_block"), filters // width, stride, dilation)
    pyramid, filters = f"{body}spatial_pyramid.", 256 // width
    branches = ((1, 1), *((3, rate) for rate in DEEPLAB_RATES))
    maps = [
        normal_block(x, parameters, Numbers(), filters, size, 1, rate, f"{pyramid}branches.{i}.")
        for i, (size, rate) in enumerate(branches)
    ]
    means = normal_block(x.mean((2, 3), keepdim=True), parameters, Numbers(), filters, 1, prefix=f"{pyramid}pooled.")
    x = torch.cat((*maps, means.expand_as(maps[0])), 1)
    x = normal_block(x, parameters, Numbers(), filters, 1, prefix=f"{pyramid}mixed.")
    x = normal_block(x, parameters, name, filters, 3, prefix=body)
    x = parameters.conv(body + name("conv2d"), x, CLASSES, 1)
    return F.interpolate(x, size=image.shape[2:], mode="bilinear", align_corners=False)


# Name, network, (width as a divisor, batch) of each run, and how many parameters are trainable at full width, where it is
# known. The residual network with DropBlock's first block has no identity around it, and a ReLU or a maximum that float32
# decides the other way moves its gradients by 1e-2: PyTorch's float32 strays by 2e-2 from its float64 at width 8 and
# batch 16, by 2e-5 at batch 32. It runs narrow, on a batch without such a near tie. At full width batches of 2, 3, 4, 5,
# 6 and 8 all have some: a gradient of PyTorch's float32 strays from its float64 by 1.5 to 19 times what the test allows.
NETWORKS = (
    ("elu18", elu18, ((1, 4), (8, 4)), 42_607_204),
    ("elu18-paper", functools.partial(elu_paper, ELU18_PAPER), ((1, 4), (8, 4)), 39_330_404),
    ("elu11-paper", functools.partial(elu_paper, ELU11_PAPER), ((1, 4), (4, 4)), None),
    ("cnn-dropblock", functools.partial(drop_block_network, "conv2d"), ((1, 8), (8, 8)), 10_293_390),
    ("separable", functools.partial(drop_block_network, "separable_conv2d"), ((1, 8), (8, 8)), 8_782_049),
    ("resnet-dropblock", resnet_drop_block, ((8, 24),), None),
    ("resnet18", resnet18, ((1, 4), (8, 16)), 11_220_132),
    ("resnet9", resnet9, ((1, 4), (8, 8)), 6_573_120 + 90 * 512),
    ("attention", functools.partial(drop_block_network, "conv2d", attention=True), ((1, 8), (8, 8)), 11_345_038),
    ("colorize-cnn", colorize_cnn, ((1, 2), (8, 2)), None),
    ("colorize-unet", colorize_unet, ((1, 2), (8, 2)), None),
    ("deeplab", deeplab, ((1, 4), (8, 4)), None),
    ("alexnet", alexnet, ((1, 2), (8, 2)), None),
)


# Height and channels of the images, where they are not 32x32x3.
IMAGES = {"colorize-cnn": (32, 1), "colorize-unet": (32, 1), "alexnet": (227, 3)}


def images_of(name, batch):
    side, channels = IMAGES.get(name, (32, 3))
    pixels = (random_bits(batch * side * side * channels, seed=2, stream=0) >> 24).reshape(batch, side, side, channels)
    images = (pixels.astype(np.float64) / 255).astype(np.float32)
    return torch.tensor(images).permute(0, 3, 1, 2).contiguous().to(torch.float64)


def labels_for(logits):
    """For logits of images [N, classes] or of pixels [N, classes, H, W]."""
    shape = (logits.shape[0], *logits.shape[2:])
    labels = (random_bits(math.prod(shape), seed=3, stream=0) % CLASSES).astype(np.int64)
    return torch.tensor(labels).reshape(shape)


def summary_of(number, gradient):
    """A gradient's norm, and its products with vectors of random signs."""
    values = gradient.numpy().reshape(-1)
    words = random_bits(-(-values.size // 4), seed=4, stream=number)
    octets = np.stack([(words >> (8 * i)) & 0xFF for i in range(4)], axis=1).reshape(-1)[: values.size]
    signs = (np.where((octets >> j) & 1, 1.0, -1.0) for j in range(PROJECTIONS))
    return {"norm": float(np.linalg.norm(values)), "projections": [float(values @ vector) for vector in signs]}


def golden(name, network, batch, width):
    parameters = Parameters()
    logits = network(images_of(name, batch), parameters, width)
    loss = F.cross_entropy(logits, labels_for(logits))
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
    for name, network, sizes, count in NETWORKS:
        for width, batch in sizes:
            runs.append(golden(name, network, batch, width))
            assert width > 1 or count in (None, runs[-1]["parameters"]), runs[-1]["parameters"]
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
