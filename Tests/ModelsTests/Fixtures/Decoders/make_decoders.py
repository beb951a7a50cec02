"""Records what transformers' decoders compute, for DecoderGoldenTests.

    python make_decoders.py [FOLDER]

needs torch and transformers. Writes beside itself one folder for each network of random weights:
`config.json`, the weights, and `expected.json`. A folder `NAME+VARIANT` has the weights of `NAME`
under another configuration, so that it needs none of its own. With FOLDER, networks as wide as real
ones, of fewer layers, go there instead.

Each record of `expected.json` has the ids of a prompt, the logits after its last token (of the first
prompt: after each), the 32 tokens that follow greedily, and those that a search with 3 beams finds.
"""

import json
import os
import shutil
import sys

import torch
from transformers import GPT2Config, LlamaConfig, MistralConfig, OPTConfig, Qwen2Config, Qwen3Config
from transformers import AutoModelForCausalLM

HERE = os.path.dirname(os.path.abspath(__file__))
VOCABULARY = 56
PROMPTS = [[2, 17, 40, 9, 9, 31, 5, 22, 50], [2], [2] + [(7 * i * i + 3) % 53 + 3 for i in range(22)]]
LLAMA = dict(
    vocab_size=VOCABULARY, hidden_size=32, intermediate_size=40, num_hidden_layers=2,
    num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=64,
    bos_token_id=2, eos_token_id=None, pad_token_id=None, tie_word_embeddings=False,
)
OPT = dict(
    vocab_size=VOCABULARY, hidden_size=32, ffn_dim=40, num_hidden_layers=2, num_attention_heads=4,
    max_position_embeddings=64, eos_token_id=None, bos_token_id=2, pad_token_id=1,
)
NETWORKS = {
    "opt": (torch.float16, OPTConfig(**OPT)),
    "opt-350m": (
        torch.float32, OPTConfig(**OPT, word_embed_proj_dim=16, do_layer_norm_before=False)),
    "gpt2": (
        torch.float32,
        GPT2Config(
            vocab_size=VOCABULARY, n_positions=64, n_embd=32, n_layer=2, n_head=4,
            bos_token_id=2, eos_token_id=None)),
    "llama": (torch.bfloat16, LlamaConfig(**LLAMA)),
    "llama-biased": (
        torch.bfloat16,
        LlamaConfig(**LLAMA | dict(tie_word_embeddings=True), attention_bias=True, mlp_bias=True)),
    "qwen2": (
        torch.bfloat16,
        Qwen2Config(
            **LLAMA | dict(tie_word_embeddings=True), use_sliding_window=True, sliding_window=7,
            max_window_layers=1)),
    "qwen3": (torch.bfloat16, Qwen3Config(**LLAMA, head_dim=16)),
    "mistral": (torch.bfloat16, MistralConfig(**LLAMA, sliding_window=6)),
}


def rope(kind, **parameters):
    return dict(rope_parameters=dict(rope_type=kind, rope_theta=10000.0, **parameters))


WIDE_LLAMA = dict(
    vocab_size=4000, max_position_embeddings=4096, bos_token_id=2, eos_token_id=None,
    pad_token_id=None, tie_word_embeddings=False, num_hidden_layers=4)
WIDE_OPT = dict(
    vocab_size=4000, num_hidden_layers=4, max_position_embeddings=2048, eos_token_id=None,
    bos_token_id=2, pad_token_id=1)
WIDE = {
    "opt-1.3b": (torch.float16, OPTConfig(
        **WIDE_OPT, hidden_size=2048, ffn_dim=8192, num_attention_heads=32)),
    "opt-350m": (torch.float16, OPTConfig(
        **WIDE_OPT, hidden_size=1024, ffn_dim=4096, num_attention_heads=16,
        word_embed_proj_dim=512, do_layer_norm_before=False)),
    "gpt2": (torch.float32, GPT2Config(
        vocab_size=4000, n_positions=1024, n_embd=768, n_layer=4, n_head=12, bos_token_id=2,
        eos_token_id=None)),
    "llama-3.2-1b": (torch.bfloat16, LlamaConfig(
        **WIDE_LLAMA, hidden_size=2048, intermediate_size=8192, num_attention_heads=32,
        num_key_value_heads=8, **rope(
            "llama3", factor=32.0, low_freq_factor=1.0, high_freq_factor=4.0,
            original_max_position_embeddings=64))),
    "qwen2.5-0.5b": (torch.bfloat16, Qwen2Config(
        **WIDE_LLAMA | dict(tie_word_embeddings=True), hidden_size=896, intermediate_size=4864,
        num_attention_heads=14, num_key_value_heads=2)),
    "qwen3-0.6b": (torch.bfloat16, Qwen3Config(
        **WIDE_LLAMA, hidden_size=1024, intermediate_size=3072, num_attention_heads=16,
        num_key_value_heads=8, head_dim=128)),
    "mistral-7b": (torch.bfloat16, MistralConfig(
        **WIDE_LLAMA | dict(num_hidden_layers=1), hidden_size=4096, intermediate_size=14336,
        num_attention_heads=32, num_key_value_heads=8, sliding_window=200)),
}
LONG = [2] + [(7919 * i * i + 13) % 3990 + 3 for i in range(299)]
# Long enough texts are read for each kind to matter, since the trained lengths are short.
VARIANTS = {
    "llama+linear": rope("linear", factor=4.0),
    "llama+dynamic": rope("dynamic", factor=4.0) | dict(max_position_embeddings=16),
    "llama+llama3": rope(
        "llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
        original_max_position_embeddings=16),
    "llama+yarn": rope("yarn", factor=4.0, original_max_position_embeddings=16),
    "llama+yarn-mscale": rope(
        "yarn", factor=4.0, original_max_position_embeddings=16, mscale=0.7, mscale_all_dim=0.3,
        beta_fast=8, beta_slow=2, truncate=False),
    # As files say it that were made before transformers 5.
    "llama+old": dict(rope_theta=500.0, rope_scaling={"type": "linear", "factor": 2.0}),
    "mistral+everywhere": dict(sliding_window=None),
    "opt+unnormed": dict(_remove_final_layer_norm=True),
    "gpt2+scaled": dict(scale_attn_by_inverse_layer_idx=True, activation_function="gelu"),
}


def save(folder, dtype, config, wide=False):
    torch.manual_seed(len(os.path.basename(folder)))
    model = AutoModelForCausalLM.from_config(config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            # Larger than networks begin with, so that every part matters to the logits.
            spread = 0.3 * torch.randn_like(parameter)
            if wide and parameter.dim() == 2 and "embed" not in name:
                # Sums of more terms need smaller ones.
                spread *= 3 * parameter.shape[0 if isinstance(config, GPT2Config) else 1] ** -0.5
            parameter.copy_(parameter + spread if parameter.dim() == 1 else spread)
    model.to(dtype).save_pretrained(folder)
    os.remove(os.path.join(folder, "generation_config.json"))
    return folder


def records(folder, prompts):
    result = []
    for index, ids in enumerate(prompts):
        # A new one each time: scaling that depends on the length remembers the longest text. In
        # float64, so that what differs is our rounding alone.
        model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float64).eval()
        with torch.no_grad():
            output = model(torch.tensor([ids]), use_cache=True)
            logits = output.logits[0]
            tokens = []
            for _ in range(32):
                tokens.append(int(output.logits[0, -1].argmax()))
                output = model(
                    torch.tensor([tokens[-1:]]), past_key_values=output.past_key_values,
                    use_cache=True)
            beams = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float64).generate(
                torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long),
                num_beams=3, do_sample=False, max_new_tokens=32, eos_token_id=None, pad_token_id=0)
        kept = logits if index == 0 else logits[-1:]
        result.append({"ids": ids, "logits": rounded(kept.tolist()), "tokens": tokens,
                       "beams": beams[0, len(ids):].tolist()})
    return result


def rounded(rows):
    return [[float(f"{value:.9g}") for value in row] for row in rows]


def write(folder, name, value):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        json.dump(value, file, separators=(",", ":") if name == "expected.json" else None)
        file.write("\n")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        for name, (dtype, config) in WIDE.items():
            folder = save(os.path.join(sys.argv[1], name), dtype, config, wide=True)
            write(folder, "expected.json", records(folder, [PROMPTS[0], LONG]))
        sys.exit()
    for name, (dtype, config) in NETWORKS.items():
        folder = save(os.path.join(HERE, name), dtype, config)
        write(folder, "expected.json", records(folder, PROMPTS))
    for name, changes in VARIANTS.items():
        base, folder = os.path.join(HERE, name.split("+")[0]), os.path.join(HERE, name)
        shutil.copytree(base, folder, dirs_exist_ok=True)
        with open(os.path.join(base, "config.json"), encoding="utf-8") as file:
            config = json.load(file)
        if "rope_theta" in changes:
            del config["rope_parameters"]
        write(folder, "config.json", config | changes)
        weights = os.path.join(folder, "model.safetensors")
        if name == "opt+unnormed":
            from safetensors.torch import load_file, save_file
            tensors = load_file(weights)
            save_file({k: v for k, v in tensors.items() if "decoder.final_layer" not in k}, weights)
        write(folder, "expected.json", records(folder, PROMPTS))
        if name != "opt+unnormed":
            os.remove(weights)
