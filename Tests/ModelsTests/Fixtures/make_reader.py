"""Records what PyTorch computes for modules that read on a frozen BERT, for ReaderGoldenTests.

    python make_reader.py

needs torch, transformers and safetensors. Takes `Encoders/tiny-bert` and writes `reader.json` beside
itself: for several combinations of a soft prompt, a prefix (directly and through a network of its
own), LoRA and a transformer block, each under a span head, a weighted sum of the logits in float64,
and of each tensor's gradient its size and its products with two directions. Numbers are drawn from
names, as `make_modules.py` draws them.
"""

import json

import torch
from torch.nn import functional
from transformers import BertModel

from make_modules import HERE, Parameters, heads, numbers

IDS = [[2, 5, 9, 3, 7, 11, 4], [2, 8, 3]]
SEGMENTS = [[0, 0, 0, 0, 1, 1, 1], [0, 0, 1]]
CASES = [
    {"prompt": 3},
    {"prefix": 2},
    {"prefix": 3, "prefixHidden": 5},
    {"rank": 2, "block": 10},
    {"rank": 2, "prompt": 2, "prefix": 3, "block": 10},
    {"rank": 2, "prompt": 2, "prefix": 3, "prefixHidden": 5, "block": 10},
]
# Larger changes of the weights amplify float32's rounding beyond the tolerance.
SIZE = 0.3


def attention(q, k, v, width):
    """Of one sequence, all heads."""
    q, k, v = (heads(x, width) for x in (q, k, v))
    weights = (q @ k.transpose(2, 3) / width**0.5).softmax(-1)
    return (weights @ v).transpose(1, 2).reshape(q.shape[2], -1)


def sites(layer):
    return {"query": layer.attention.self.query, "key": layer.attention.self.key,
            "value": layer.attention.self.value, "attentionOutput": layer.attention.output.dense,
            "up": layer.intermediate.dense, "down": layer.output.dense}


class Reader:
    def __init__(self, sizes):
        path = f"{HERE}/Encoders/tiny-bert"
        self.model = BertModel.from_pretrained(path).double().eval().requires_grad_(False)
        self.sizes = sizes
        self.parameters = Parameters()
        config = self.model.config
        self.width, self.layers = config.hidden_size, config.num_hidden_layers
        self.head_width = self.width // config.num_attention_heads
        self.prompt = self.make("prompt", sizes.get("prompt", 0), self.width)
        self.prefixes = self.prefix() if "prefix" in sizes else [None] * self.layers

    def make(self, name, *shape):
        return self.parameters.make(name, shape, SIZE) if shape[0] else numbers(name, shape, 0)

    def prefix(self):
        length, hidden = self.sizes["prefix"], self.sizes.get("prefixHidden")
        names = [f"prefix.encoder.{i}" for i in range(self.layers)]
        if not hidden:
            return [self.make(name, length, 2 * self.width) for name in names]
        embedding = self.make("embedding", length, self.width)
        rows = self.map("out", hidden, 2 * self.width * self.layers)(
            torch.tanh(self.map("up", self.width, hidden)(embedding)))
        return rows.chunk(self.layers, dim=1)

    def map(self, name, inputs, outputs):
        weight = self.parameters.get(f"{name}.weight")
        if weight is None:
            weight = self.make(f"{name}.weight", outputs, inputs)
            self.make(f"{name}.bias", 1, outputs)
        return lambda x: x @ weight.T + self.parameters[f"{name}.bias"]

    def site(self, index, name, x):
        linear = sites(self.model.encoder.layer[index])[name]
        y = linear(x)
        if "rank" not in self.sizes:
            return y
        key = f"lora.{index}.{name}"
        if f"{key}.a" not in self.parameters:
            self.make(f"{key}.a", self.sizes["rank"], linear.in_features)
            self.make(f"{key}.b", linear.out_features, self.sizes["rank"])
        return y + x @ self.parameters[f"{key}.a"].T @ self.parameters[f"{key}.b"].T

    def layer(self, index, x):
        layer = self.model.encoder.layer[index]
        q, k, v = (self.site(index, name, x) for name in ("query", "key", "value"))
        if self.prefixes[index] is not None:
            keys, values = self.prefixes[index].chunk(2, dim=1)
            k, v = torch.cat([keys, k]), torch.cat([values, v])
        found = self.site(index, "attentionOutput", attention(q, k, v, self.head_width))
        x = layer.attention.output.LayerNorm(found + x)
        hidden = functional.gelu(self.site(index, "up", x))
        return layer.output.LayerNorm(self.site(index, "down", hidden) + x)

    def norm(self, name, x):
        """The block's norms, whose biases are there and not used."""
        if f"{name}.weight" not in self.parameters:
            self.make(f"{name}.weight", 1, self.width)
            bias = self.make(f"{name}.bias", 1, self.width)
            bias.grad = torch.zeros_like(bias)
        return functional.layer_norm(x, x.shape[-1:], eps=1e-5) * self.parameters[f"{name}.weight"]

    def block(self, x):
        normed = self.norm("block.firstNorm", x)
        q, k, v = (self.map(f"block.{name}", self.width, self.width)(normed)
                   for name in ("query", "key", "value"))
        found = attention(q, k, v, self.head_width)
        z = x + self.map("block.output", self.width, self.width)(found)
        up = self.map("block.up", self.width, self.sizes["block"])
        down = self.map("block.down", self.sizes["block"], self.width)
        return z + down(functional.gelu(up(self.norm("block.secondNorm", z))))

    def logits(self, ids, segments):
        x = self.model.embeddings(
            input_ids=torch.tensor([ids]), token_type_ids=torch.tensor([segments]))[0]
        x = torch.cat([self.prompt, x])
        for index in range(self.layers):
            x = self.layer(index, x)
        x = x[len(self.prompt):]
        return self.map("head", self.width, 2)(self.block(x) if "block" in self.sizes else x)


def record(sizes):
    reader = Reader(sizes)
    logits = torch.cat([reader.logits(*pair) for pair in zip(IDS, SEGMENTS)])
    value = (logits * numbers("weights", logits.shape, 1)).sum()
    return {"sizes": sizes, **reader.parameters.report(value)}


if __name__ == "__main__":
    torch.set_num_threads(1)
    records = [json.dumps(record(sizes), separators=(",", ":")) for sizes in CASES]
    with open(f"{HERE}/reader.json", "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(records) + "\n]\n")
