"""Records what transformers' Adafactor makes of given gradients, for OptimizerTests.

    python make_adafactor.py

needs torch and transformers; writes `adafactor.json` beside itself: parameters of three shapes (the
last a plain vector, which that code does not factor), a gradient for each step, and the parameters
after some of the steps, all in float64.
"""

import json
import os

import torch
from transformers.optimization import Adafactor

SHAPES = [(3, 4), (2, 6), (5,)]
STEPS, KEPT, RATE, DECAY = 12, [1, 2, 12], 0.3, 0.01

generator = torch.Generator().manual_seed(4)


def draw(scale):
    return [scale * torch.randn(shape, generator=generator, dtype=torch.float64) for shape in SHAPES]


def flat(tensors):
    return [float(f"{value:.9g}") for tensor in tensors for value in tensor.detach().flatten().tolist()]


parameters = [tensor.requires_grad_() for tensor in draw(1.0)]
record = {"shapes": [list(shape) for shape in SHAPES], "rate": RATE, "decay": DECAY,
          "start": flat(parameters), "gradients": [], "after": {}}
optimizer = Adafactor(
    parameters, lr=RATE, weight_decay=DECAY, decay_rate=-0.8, clip_threshold=1.0,
    scale_parameter=False, relative_step=False, warmup_init=False)
for step in range(1, STEPS + 1):
    # Gradients of very different sizes, as the first steps of a prompt have them.
    for parameter, gradient in zip(parameters, draw(10.0 ** (step % 4 - 2))):
        parameter.grad = gradient
    record["gradients"].append(flat([parameter.grad for parameter in parameters]))
    optimizer.step()
    if step in KEPT:
        record["after"][str(step)] = flat(parameters)

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "adafactor.json"), "w") as file:
    json.dump(record, file, separators=(",", ":"))
    file.write("\n")
