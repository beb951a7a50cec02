"""Records the losses and gradients that PyTorch computes for soft prompts, for GradientGoldenTests.

    python make_gradients.py

needs torch, transformers and safetensors. Reads the tiny networks in `Decoders` and `Generation`, in
float64, and writes `gradients.json` beside itself: prompt vectors, the mean loss of the target tokens
behind them (with label smoothing and z-loss), its gradient, and of some networks the losses of 50
steps of AdamW.
"""

import json
import os

import torch
from transformers import AutoConfig, AutoModelForCausalLM, T5ForConditionalGeneration

HERE = os.path.dirname(os.path.abspath(__file__))
DECODERS = ["opt", "opt-350m", "gpt2", "gpt2+scaled", "llama", "llama-biased", "llama+yarn", "qwen2",
            "qwen3", "mistral"]
T5S = ["tiny-t5", "tiny-t5-v1_1", "tiny-t5-gelu-tied", "tiny-t5-silu-untied"]
# With their rates; other T5s' weights are so large that rounding decides where 50 steps end.
TRAINED = {"llama": 0.05, "opt-350m": 0.05, "tiny-t5": 0.01}
PAIRS = [([7, 31, 5, 22, 40, 9, 3], [12, 4, 1]), ([2], [33, 18, 9, 27, 1]), ([5, 6, 7, 8], [1])]
LENGTH = 3
SMOOTHING, Z = 0.1, 1e-2
STEPS, DECAY, CLIP = 50, 0.01, 1.0


def load(name):
    """A network, from its own folder or as a variant of another one's weights."""
    if name in T5S:
        folder = os.path.join(HERE, "Generation", name)
        model = T5ForConditionalGeneration.from_pretrained(folder, dtype=torch.float64)
        # The library says this of every T5; Firn and older versions decide by the stored head.
        model.config.scale_decoder_outputs = "untied" not in name and "v1_1" not in name
        return model.eval().requires_grad_(False)
    folder = os.path.join(HERE, "Decoders", name)
    own = os.path.exists(f"{folder}/model.safetensors")
    weights = folder if own else folder.split("+")[0]
    config = AutoConfig.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(weights, config=config, dtype=torch.float64)
    return model.eval().requires_grad_(False)


def logits(model, prompt, decoder, source, target):
    embed = model.get_input_embeddings()
    if model.config.is_encoder_decoder:
        rows = torch.cat([prompt, embed(torch.tensor(source))])
        start = torch.tensor([model.config.decoder_start_token_id] + target[:-1])
        output = model(
            inputs_embeds=rows[None], attention_mask=torch.ones(1, len(rows)),
            decoder_inputs_embeds=torch.cat([decoder, embed(start)])[None], use_cache=False)
        return output.logits[0, len(decoder):]
    rows = torch.cat([prompt, embed(torch.tensor(source + target[:-1]))])
    output = model(inputs_embeds=rows[None], use_cache=False)
    return output.logits[0, len(prompt) + len(source) - 1:]


def loss(model, prompt, decoder, smoothing, z):
    total = 0
    for source, target in PAIRS:
        x = logits(model, prompt, decoder, source, target)
        total = total + torch.nn.functional.cross_entropy(
            x, torch.tensor(target), label_smoothing=smoothing, reduction="sum")
        total = total + z * (torch.logsumexp(x, -1) ** 2).sum()
    return total / sum(len(target) for _, target in PAIRS)


def start(model, rows, seed):
    generator = torch.Generator().manual_seed(seed)
    table = model.get_input_embeddings().weight
    values = torch.randn(rows, table.shape[1], generator=generator, dtype=torch.float64)
    return (values * table.std()).requires_grad_()


def rounded(tensor):
    return [float(f"{value:.8g}") for value in tensor.detach().flatten().tolist()]


def record(name):
    model = load(name)
    decoder_rows = 2 if model.config.is_encoder_decoder else 0
    prompt, decoder = start(model, LENGTH, 1), start(model, decoder_rows, 2)
    # What Firn holds in float32.
    for rows in (prompt, decoder):
        rows.data = rows.data.float().double()
    value = loss(model, prompt, decoder, SMOOTHING, Z)
    value.backward()
    result = {
        "name": name, "prompt": rounded(prompt), "decoder": rounded(decoder),
        "loss": value.item(), "promptGradient": rounded(prompt.grad),
        "decoderGradient": rounded(decoder.grad) if decoder_rows else []}
    if name in TRAINED:
        result["rate"] = TRAINED[name]
        result["steps"] = steps(model, prompt, decoder, TRAINED[name])
    return result


def steps(model, prompt, decoder, rate):
    parameters = [rows for rows in (prompt, decoder) if len(rows)]
    optimizer = torch.optim.AdamW(parameters, lr=rate, weight_decay=DECAY)
    losses = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        value = loss(model, prompt, decoder, 0, 0)
        value.backward()
        torch.nn.utils.clip_grad_norm_(parameters, CLIP)
        optimizer.step()
        losses.append(float(f"{value.item():.7g}"))
    return losses


if __name__ == "__main__":
    torch.set_num_threads(1)
    records = [json.dumps(record(name), separators=(",", ":")) for name in T5S + DECODERS]
    with open(f"{HERE}/gradients.json", "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(records) + "\n]\n")
