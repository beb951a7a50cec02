"""Saves small dictionaries of tensors the ways PyTorch can, for PyTorchFileTests.

    python make_checkpoints.py

needs torch. Writes beside itself: `tensors.bin`, the same by a later pickle protocol and in the
form from before PyTorch 1.6, and `shards`, a folder of two with their index.
"""

import json
import os
from collections import OrderedDict

import torch

HERE = os.path.dirname(os.path.abspath(__file__))


def tensors():
    weight = torch.arange(6, dtype=torch.float32).reshape(2, 3)
    # One storage, seen whole, transposed, in part, and under two names.
    return OrderedDict(
        weight=weight,
        tied=weight,
        transposed=weight.t(),
        column=weight[:, 1],
        row=weight[1:],
        half=torch.tensor([1.5, 2.0**-24], dtype=torch.float16),
        brain=torch.tensor([[1.5], [2.0**-133]], dtype=torch.bfloat16),
        parameter=torch.nn.Parameter(torch.tensor([-1.0])),
        scalar=torch.tensor(7.0),
        empty=torch.zeros(0, 4),
        positions=torch.arange(3),
    )


def save(value, name, **options):
    path = os.path.join(HERE, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    torch.save(value, path, **options)


if __name__ == "__main__":
    module = torch.nn.Linear(1, 1)
    everything = module.state_dict()  # With the attributes that modules give their dictionaries.
    everything.clear()
    everything.update(tensors())
    save(everything, "tensors.bin")
    save(dict(everything), "tensors-4.bin", pickle_protocol=4)
    save(everything, "tensors-legacy.bin", _use_new_zipfile_serialization=False)
    save({"a": torch.tensor([1.0])}, "shards/pytorch_model-00001-of-00002.bin")
    save({"b": torch.tensor([2.0, 3.0])}, "shards/pytorch_model-00002-of-00002.bin")
    index = {
        "metadata": {"total_size": 12},
        "weight_map": {
            "a": "pytorch_model-00001-of-00002.bin",
            "b": "pytorch_model-00002-of-00002.bin",
        },
    }
    with open(os.path.join(HERE, "shards/pytorch_model.bin.index.json"), "w") as file:
        json.dump(index, file, indent=2)
        file.write("\n")
