"""Records the gradients of all weights that PyTorch computes, for WeightGradientTests.

    python make_weights.py

needs torch, transformers and safetensors. Takes networks and examples from `make_gradients.py` and
writes `weights.json` beside itself: the mean loss of the target tokens in float64, and of the gradient
of each stored tensor its size and its products with two directions, which are drawn as in
`make_modules.py`.
"""

import json

import torch
from safetensors import safe_open

import make_gradients
from make_gradients import HERE, SMOOTHING, Z
from make_modules import Parameters

# Feed-forward parts with a gate and without, heads tied and not; biases; norms of heads.
NETWORKS = {"tiny-t5": "Generation", "tiny-t5-v1_1": "Generation", "llama": "Decoders",
            "llama-biased": "Decoders", "qwen2": "Decoders", "qwen3": "Decoders"}


def record(name):
    model = make_gradients.load(name).requires_grad_(True)
    named = dict(model.named_parameters(remove_duplicate=False))
    parameters = Parameters()
    with safe_open(f"{HERE}/{NETWORKS[name]}/{name}/model.safetensors", "pt") as file:
        for stored in file.keys():
            parameters[stored] = named[stored]
    nothing = torch.zeros(0, model.get_input_embeddings().weight.shape[1], dtype=torch.float64)
    value = make_gradients.loss(model, nothing, nothing, SMOOTHING, Z)
    return {"name": name, "weights": parameters.report(value)}


if __name__ == "__main__":
    torch.set_num_threads(1)
    records = [json.dumps(record(name), separators=(",", ":")) for name in NETWORKS]
    with open(f"{HERE}/weights.json", "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(records) + "\n]\n")
