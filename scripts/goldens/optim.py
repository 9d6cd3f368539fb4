"""Steps of PyTorch's optimizers, frozen in packages/nn/goldens/optim.json.

Run from the repository's root: python3 scripts/goldens/optim.py

Parameters have the shapes [3, 5], [7] and [2, 3, 2]. Everything is drawn from Philox, so that whoever compares computes
the same inputs:

  parameter p            uniform(-1, 1), key {seed 21, stream p}
  its gradient in step t uniform(-1, 1), key {seed 22, stream p, counter t}

Steps count from 0; gradients do not depend on the parameters. All is computed in float64. Each run has its settings in
this library's names, a group of settings for each parameter where `groups` is given, and the parameters after every
step, one after the other. With `clipNorm`, torch.nn.utils.clip_grad_norm_ is called before each step and `norms` are
what it returned; with `clipValue`, clip_grad_value_.
"""

import datetime
import json
import math
import pathlib

import numpy as np
import torch

from philox import check_known_answers, uniform

SHAPES = ((3, 5), (7,), (2, 3, 2))
STEPS = 8

# Names of settings here, and PyTorch's for them.
NAMES = {
    "learningRate": "lr",
    "weightDecay": "weight_decay",
    "momentum": "momentum",
    "nesterov": "nesterov",
    "epsilon": "eps",
    "rho": "alpha",
    "centered": "centered",
}
OPTIMIZERS = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "rmsprop": torch.optim.RMSprop,
    "sgd": torch.optim.SGD,
}
ADAM = {"learningRate": 0.05, "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3}
RMSPROP = {"learningRate": 0.02, "rho": 0.9, "epsilon": 1e-3}
SGD = {"learningRate": 0.1, "momentum": 0.9, "weightDecay": 0.05}

RUNS = (
    {"optimizer": "adam", "settings": ADAM},
    {"optimizer": "adamw", "settings": {**ADAM, "weightDecay": 0.1}},
    {
        "optimizer": "adamw",
        "settings": ADAM,
        "groups": [{"weightDecay": 0.2}, {"weightDecay": 0.0, "learningRate": 0.1}, {"weightDecay": 0.05}],
    },
    {"optimizer": "rmsprop", "settings": RMSPROP},
    {"optimizer": "rmsprop", "settings": {**RMSPROP, "weightDecay": 0.1, "momentum": 0.9}},
    {"optimizer": "rmsprop", "settings": {**RMSPROP, "momentum": 0.5, "centered": True}},
    {"optimizer": "sgd", "settings": SGD},
    {"optimizer": "sgd", "settings": {**SGD, "nesterov": True}},
    {"optimizer": "sgd", "settings": {**SGD, "nesterov": True}, "clipNorm": 2.0},
    {"optimizer": "adam", "settings": ADAM, "clipValue": 0.4},
)


def torch_settings(settings):
    renamed = {NAMES[name]: value for name, value in settings.items() if name in NAMES}
    if "beta1" in settings:
        renamed["betas"] = (settings["beta1"], settings["beta2"])
    return renamed


def drawn(shape, **key):
    return torch.tensor(uniform(math.prod(shape), -1, 1, **key).reshape(shape), dtype=torch.float64)


def run(description):
    parameters = [drawn(shape, seed=21, stream=p).requires_grad_() for p, shape in enumerate(SHAPES)]
    groups = description.get("groups", [{} for _ in SHAPES])
    optimizer = OPTIMIZERS[description["optimizer"]](
        [{"params": [parameter], **torch_settings(group)} for parameter, group in zip(parameters, groups)],
        **torch_settings(description["settings"]),
    )
    steps, norms = [], []
    for step in range(STEPS):
        for p, parameter in enumerate(parameters):
            parameter.grad = drawn(parameter.shape, seed=22, stream=p, counter=step)
        if "clipNorm" in description:
            norms.append(torch.nn.utils.clip_grad_norm_(parameters, description["clipNorm"]).item())
        if "clipValue" in description:
            torch.nn.utils.clip_grad_value_(parameters, description["clipValue"])
        optimizer.step()
        steps.append([value for parameter in parameters for value in parameter.detach().reshape(-1).tolist()])
    return {**description, **({"norms": norms} if norms else {}), "steps": steps}


def main():
    check_known_answers()
    torch.set_num_threads(1)
    result = {
        "provenance": {
            "script": "scripts/goldens/optim.py",
            "torch": torch.__version__,
            "numpy": np.__version__,
            "threads": 1,
            "date": datetime.date.today().isoformat(),
        },
        "shapes": SHAPES,
        "runs": [run(description) for description in RUNS],
    }
    path = pathlib.Path(__file__).parents[2] / "packages/nn/goldens/optim.json"
    path.write_text(json.dumps(result, indent=2) + "\n")


main()
