"""Times PyTorch's training step of the small CNN. Arguments: a safetensors file with weights, images and labels, and the
number of threads. Its first line says the version and the loss without dropout; then it reads a line per round from
standard input (the number of steps) and answers with a line of JSON: seconds of each step."""

import json
import re
import struct
import sys
import time

import numpy
import torch
import torch.nn as nn


def read_safetensors(path):
    with open(path, "rb") as file:
        content = file.read()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    types = {"F32": numpy.float32, "I32": numpy.int32}
    tensors = {}
    for name, info in header.items():
        if name == "__metadata__":
            continue
        begin, end = (8 + length + offset for offset in info["data_offsets"])
        values = numpy.frombuffer(content[begin:end], types[info["dtype"]])
        tensors[name] = torch.from_numpy(values.reshape(info["shape"]).copy())
    return tensors


def block(inputs, filters, rate):
    layers = []
    for _ in range(2):
        layers += [nn.Conv2d(inputs, filters, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(filters, eps=1e-3, momentum=0.01)]
        inputs = filters
    return layers + [nn.MaxPool2d(2), nn.Dropout(rate)]


def load(model, tensors):
    """Fills the layers in order; ours are NHWC and HWIO, PyTorch's NCHW and OIHW."""
    values = iter([value for name, value in tensors.items() if name.startswith("model.")])
    with torch.no_grad():
        for layer in model:
            if isinstance(layer, nn.Conv2d):
                layer.weight.copy_(next(values).permute(3, 2, 0, 1))
                layer.bias.copy_(next(values))
            elif isinstance(layer, nn.BatchNorm2d):
                for target in (layer.weight, layer.bias, layer.running_mean, layer.running_var):
                    target.copy_(next(values))
            elif isinstance(layer, nn.Linear):
                kernel = next(values)
                if kernel.shape[0] == 2048:
                    kernel = kernel.reshape(4, 4, 128, -1).permute(2, 0, 1, 3).reshape(2048, -1)
                layer.weight.copy_(kernel.T)
                layer.bias.copy_(next(values))


def blas():
    """The library that is behind matrix products, as the process has it mapped."""
    try:
        with open("/proc/self/maps") as maps:
            names = set(re.findall(r"/(lib(?:openblas|blas|mkl_rt|atlas)[^/\s]*)", maps.read()))
    except OSError:
        return "unknown BLAS"
    found = " ".join(sorted(names))
    return "OpenBLAS" if "openblas" in found else "MKL" if "mkl" in found else "reference BLAS" if names else "no BLAS"


def main():
    torch.set_num_threads(int(sys.argv[2]))
    torch.manual_seed(0)
    tensors = read_safetensors(sys.argv[1])
    images = tensors["images"].permute(0, 3, 1, 2).contiguous()
    labels = tensors["labels"].long()
    classes = [value for name, value in tensors.items() if name.startswith("model.")][-1].shape[0]
    model = nn.Sequential(
        *block(3, 32, 0.2), *block(32, 64, 0.3), *block(64, 128, 0.4),
        nn.Flatten(), nn.Linear(2048, 512), nn.ReLU(), nn.Dropout(0.5), nn.Linear(512, classes),
    )
    load(model, tensors)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-7)

    # Batch statistics, but nothing dropped: what the first loss is of.
    rates = [layer.p for layer in model if isinstance(layer, nn.Dropout)]
    dropouts = [layer for layer in model if isinstance(layer, nn.Dropout)]
    for layer in dropouts:
        layer.p = 0.0
    with torch.no_grad():
        loss = nn.functional.cross_entropy(model(images), labels).item()
    for layer, rate in zip(dropouts, rates):
        layer.p = rate
    print(json.dumps({"version": f"{torch.__version__}, {blas()}", "loss": loss}), flush=True)

    for line in sys.stdin:
        seconds = []
        for _ in range(int(line)):
            start = time.perf_counter()
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(images), labels)
            loss.backward()
            optimizer.step()
            loss.item()
            seconds.append(time.perf_counter() - start)
        print(json.dumps(seconds), flush=True)


main()
