"""Times PyTorch's training step of the small CNN. Reads a line per round from standard input (the number of steps) and
answers with a line of JSON: seconds of each step. Layers, loss and optimizer are those of models/cnn.ts."""

import json
import sys
import time

import torch
import torch.nn as nn


def block(inputs, filters, rate):
    layers = []
    for _ in range(2):
        layers += [nn.Conv2d(inputs, filters, 3, padding=1), nn.ReLU(), nn.BatchNorm2d(filters, eps=1e-3, momentum=0.01)]
        inputs = filters
    return layers + [nn.MaxPool2d(2), nn.Dropout(rate)]


def main():
    batch, classes, threads = (int(argument) for argument in sys.argv[1:4])
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    model = nn.Sequential(
        *block(3, 32, 0.2), *block(32, 64, 0.3), *block(64, 128, 0.4),
        nn.Flatten(), nn.Linear(2048, 512), nn.ReLU(), nn.Dropout(0.5), nn.Linear(512, classes),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-7)
    images = torch.rand(batch, 3, 32, 32)
    labels = torch.randint(0, classes, (batch,))
    print(json.dumps({"version": torch.__version__, "threads": torch.get_num_threads()}), flush=True)
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
