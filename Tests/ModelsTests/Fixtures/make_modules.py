"""Records the losses and gradients that PyTorch computes for learned modules, for ModuleGoldenTests.

    python make_modules.py

needs torch, transformers and safetensors. Takes networks and examples from `make_gradients.py` and
writes `modules.json` beside itself: for low-rank changes of every linear map, and for keys and values
before those of every attention, directly and through a network of their own, and for prompts that a
cross-attention network makes of an encoder's states (ID-PT), the mean loss of the target tokens in
float64 and of each tensor's gradient its size and its products with two directions.
The modules' numbers and the directions are drawn from their names by SplitMix64, so that no file
holds them.
"""

import json

import torch
from torch import nn
from transformers import DynamicCache
from transformers.models.t5.modeling_t5 import T5Attention
from transformers.pytorch_utils import Conv1D

import make_gradients
from make_gradients import DECODERS, HERE, PAIRS, SMOOTHING, T5S, Z

RANK, ALPHA, LENGTH, HIDDEN = 2, 3.0, 3, 5
# Of ID-PT: the frozen encoder, vectors before its input, and width, heads and layers above it.
ENCODER, ENCODER_LENGTH, WIDTH, HEADS, LAYERS = "tiny-t5", 2, 12, 3, 2
# Larger numbers make the large weights of some T5s amplify float32's rounding beyond the tolerance.
SIZE = 0.2
MASK = 2**64 - 1


def numbers(name, shape, size, salt=0):
    """Uniform numbers in -size ..< size, as float32 holds them."""
    state = salt
    for byte in name.encode():
        state = (state * 31 + byte) & MASK
    values = []
    for _ in range(int(torch.tensor(shape).prod())):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        z ^= z >> 31
        values.append(size * (2 * ((z >> 11) * 2.0**-53) - 1))
    return torch.tensor(values, dtype=torch.float64).reshape(shape).float().double()


class Parameters(dict):
    """Learned tensors by name, made when they are asked for."""

    def make(self, name, shape, size):
        self[name] = numbers(name, shape, size).requires_grad_()
        return self[name]

    def report(self, value):
        value.backward()
        return {"loss": value.item(), "gradients": {
            name: [rounded(tensor.grad.norm())] + [
                rounded((tensor.grad * numbers(name, tensor.shape, 1, salt)).sum())
                for salt in (1, 2)]
            for name, tensor in self.items()}}


def rounded(value):
    return float(f"{value.item():.8g}")


def low_rank(model):
    parameters = Parameters()
    roots = ("transformer.", "model.")
    for name, module in model.named_modules():
        if not isinstance(module, (nn.Linear, Conv1D)):
            continue
        # Firn's names lack what the library puts before all of them but the head's.
        root = next((root for root in roots if name.startswith(root)), "")
        name = name[len(root):]
        outputs, inputs = module.weight.shape
        if isinstance(module, Conv1D):
            inputs, outputs = outputs, inputs
        a = parameters.make(f"lora.{name}.a", (RANK, inputs), 0.3)
        b = parameters.make(f"lora.{name}.b", (outputs, RANK), 0.3)
        module.register_forward_hook(
            lambda _, x, y, a=a, b=b: y + ALPHA / RANK * x[0] @ a.T @ b.T)
    prompt = torch.zeros(0, model.get_input_embeddings().weight.shape[1], dtype=torch.float64)
    return parameters.report(make_gradients.loss(model, prompt, prompt, SMOOTHING, Z))


def attentions(model):
    """Kind, layer and floats of the keys of every attention, in Firn's order."""
    config = model.config
    if config.is_encoder_decoder:
        width = config.num_heads * config.d_kv
        return [("encoder", i, width) for i in range(config.num_layers)] + [
            (kind, i, width) for kind in ("decoder", "cross")
            for i in range(config.num_decoder_layers)]
    heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
    default = config.hidden_size // config.num_attention_heads
    width = heads * (getattr(config, "head_dim", None) or default)
    return [("decoder", i, width) for i in range(config.num_hidden_layers)]


def rows(model, parameters, through):
    sites = attentions(model)
    if not through:
        return {(kind, i): parameters.make(f"prefix.{kind}.{i}", (LENGTH, 2 * width), 0.5)
                for kind, i, width in sites}
    width = model.get_input_embeddings().weight.shape[1]
    total = sum(2 * width for _, _, width in sites)
    embedding = parameters.make("embedding", (LENGTH, width), 0.5)
    hidden = torch.tanh(embedding @ parameters.make("up.weight", (HIDDEN, width), 0.5).T
                        + parameters.make("up.bias", (1, HIDDEN), 0.5))
    all_rows = (hidden @ parameters.make("out.weight", (total, HIDDEN), 0.5).T
                + parameters.make("out.bias", (1, total), 0.5))
    parts = torch.split(all_rows, [2 * width for _, _, width in sites], dim=1)
    return {(kind, i): part for (kind, i, _), part in zip(sites, parts)}


def heads(x, width):
    return x.reshape(1, len(x), -1, width).transpose(1, 2)


def attend(self, hidden_states, mask=None, key_value_states=None, position_bias=None, **_):
    """T5's attention of one sequence, with keys and values before its own."""
    own = key_value_states is None
    source = hidden_states if own else key_value_states
    width = self.key_value_proj_dim
    q, k, v = (heads(x[0], width)
               for x in (self.q(hidden_states), self.k(source), self.v(source)))
    before = 0
    if self.prefix is not None:
        keys, values = self.prefix.chunk(2, dim=1)
        before = len(keys)
        k = torch.cat([heads(keys, width), k], dim=2)
        v = torch.cat([heads(values, width), v], dim=2)
    scores = q @ k.transpose(2, 3)
    if own:
        if position_bias is None:
            position_bias = self.compute_bias(q.shape[2], k.shape[2], past_seen_tokens=before)
        scores = scores + position_bias
        if self.is_decoder:
            hidden = torch.ones(q.shape[2], k.shape[2]).triu(before + 1).bool()
            scores = scores.masked_fill(hidden, -torch.inf)
    out = (scores.softmax(-1) @ v).transpose(1, 2).reshape(1, q.shape[2], -1)
    return self.o(out), position_bias, None


def attach(model, prefixes):
    T5Attention.forward = attend
    for stack, kinds in ((model.encoder, ["encoder"]), (model.decoder, ["decoder", "cross"])):
        for i, block in enumerate(stack.block):
            block.layer[0].SelfAttention.prefix = prefixes.get((kinds[0], i))
            if len(kinds) > 1:
                block.layer[1].EncDecAttention.prefix = prefixes.get((kinds[1], i))


def prefix(model, through):
    parameters = Parameters()
    prefixes = rows(model, parameters, through)
    width = model.get_input_embeddings().weight.shape[1]
    nothing = torch.zeros(0, width, dtype=torch.float64)
    if model.config.is_encoder_decoder:
        plain = make_gradients.loss(model, nothing, nothing, SMOOTHING, Z)
        attach(model, {})
        patched = make_gradients.loss(model, nothing, nothing, SMOOTHING, Z)
        assert abs(plain - patched) < 1e-9 * plain
        attach(model, prefixes)
        value = make_gradients.loss(model, nothing, nothing, SMOOTHING, Z)
        T5Attention.forward = PLAIN
        return parameters.report(value)
    config = model.config
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    total = 0
    for source, target in PAIRS:
        cache = DynamicCache()
        for (_, layer), tensor in prefixes.items():
            keys, values = tensor.chunk(2, dim=1)
            cache.update(heads(keys, width), heads(values, width), layer)
        ids = torch.tensor([source + target[:-1]])
        x = model(input_ids=ids, past_key_values=cache, use_cache=True).logits[0, len(source) - 1:]
        total = total + torch.nn.functional.cross_entropy(
            x, torch.tensor(target), label_smoothing=SMOOTHING, reduction="sum")
        total = total + Z * (torch.logsumexp(x, -1) ** 2).sum()
    return parameters.report(total / sum(len(target) for _, target in PAIRS))


def normed(x):
    return x / (x.pow(2).mean(-1, keepdim=True) + 1e-6).sqrt()


def input_dependent(model):
    """The encoder reads the same ids that the network does."""
    parameters = Parameters()
    encoder = make_gradients.load(ENCODER)
    states_width = encoder.config.d_model
    own = parameters.make("encoder_prompt", (ENCODER_LENGTH, states_width), SIZE)
    queries = parameters.make("queries", (LENGTH, WIDTH), SIZE)

    def map_(name, inputs, outputs, bias=True):
        weight = parameters.make(f"{name}.weight", (outputs, inputs), SIZE)
        shift = parameters.make(f"{name}.bias", (1, outputs), SIZE)[0] if bias else 0
        return lambda x: x @ weight.T + shift

    layers = [[map_(f"layers.{i}.{name}", inputs, outputs) for name, inputs, outputs in (
        ("query", WIDTH, WIDTH), ("key_value", states_width, 2 * WIDTH),
        ("output", WIDTH, WIDTH), ("up", WIDTH, 4 * WIDTH), ("down", 4 * WIDTH, WIDTH))]
              for i in range(LAYERS)]
    table = model.get_input_embeddings().weight
    out = map_("out", WIDTH, table.shape[1], False)
    base = parameters.make("base", (LENGTH, table.shape[1]), SIZE)
    size = table.pow(2).mean().sqrt()

    def prompt(source):
        rows = torch.cat([own, encoder.get_input_embeddings()(torch.tensor(source))])
        states = normed(encoder.encoder(inputs_embeds=rows[None]).last_hidden_state[0])
        x = queries
        for query, key_value, output, up, down in layers:
            keys, values = key_value(states).chunk(2, dim=1)
            q, k, v = (heads(part, WIDTH // HEADS) for part in (query(normed(x)), keys, values))
            scores = q @ k.transpose(2, 3) / (WIDTH // HEADS) ** 0.5
            x = x + output((scores.softmax(-1) @ v).transpose(1, 2).reshape(LENGTH, WIDTH))
            x = x + down(nn.functional.gelu(up(normed(x))))
        return base + size * out(normed(x))

    nothing = torch.zeros(0, table.shape[1], dtype=torch.float64)
    total = 0
    for source, target in PAIRS:
        x = make_gradients.logits(model, prompt(source), nothing, source, target)
        total = total + torch.nn.functional.cross_entropy(
            x, torch.tensor(target), label_smoothing=SMOOTHING, reduction="sum")
        total = total + Z * (torch.logsumexp(x, -1) ** 2).sum()
    return parameters.report(total / sum(len(target) for _, target in PAIRS))


PLAIN = T5Attention.forward


def record(name):
    result = {"name": name, "lora": low_rank(make_gradients.load(name)),
              "prefix": prefix(make_gradients.load(name), False),
              "inputDependent": input_dependent(make_gradients.load(name))}
    if name in ("tiny-t5", "llama"):
        result["reparametrized"] = prefix(make_gradients.load(name), True)
    return result


if __name__ == "__main__":
    torch.set_num_threads(1)
    records = [json.dumps(record(name), separators=(",", ":")) for name in T5S + DECODERS]
    with open(f"{HERE}/modules.json", "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(records) + "\n]\n")
