"""Saves soft prompts, prefixes and LoRA of tiny networks as PEFT lays them out, for AdapterTests.

    python make_adapters.py [FOLDER]

needs torch, transformers, safetensors and peft. Writes beside itself a folder for each network:
PEFT's two files, and `expected.json` with the logits that PEFT computes in float64 for the first
token after an input. With FOLDER, prints the largest difference to them, as a share of the largest,
of the logits with the adapter in FOLDER: the check of what Firn writes (FIRN_TEST_ADAPTERS names where
the tests put that).
"""

import json
import os
import sys

import torch
from peft import (
    LoraConfig, PeftModel, PrefixTuningConfig, PromptTuningConfig, get_peft_model)
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, T5ForConditionalGeneration

HERE = os.path.dirname(os.path.abspath(__file__))
# Of the tiny T5: floats of its keys, and heads, which PEFT would take from the width.
T5_KEYS, T5_HEADS = 12, 2
INPUT = [7, 31, 5, 22, 40, 9, 3]
T5, DECODER = "SEQ_2_SEQ_LM", "CAUSAL_LM"
ADAPTERS = {
    "tiny-t5": PromptTuningConfig(
        task_type=T5, num_virtual_tokens=3, num_transformer_submodules=2),
    "tiny-t5-gelu-tied": PromptTuningConfig(
        task_type=T5, num_virtual_tokens=3, num_transformer_submodules=1),
    "llama": PromptTuningConfig(
        task_type=DECODER, num_virtual_tokens=3, num_transformer_submodules=1),
    "tiny-t5+prefix": PrefixTuningConfig(
        task_type=T5, num_virtual_tokens=3, token_dim=T5_KEYS, num_attention_heads=T5_HEADS),
    "opt-350m+prefix": PrefixTuningConfig(task_type=DECODER, num_virtual_tokens=3),
    "gpt2+prefix": PrefixTuningConfig(task_type=DECODER, num_virtual_tokens=2),
    "qwen3+prefix": PrefixTuningConfig(task_type=DECODER, num_virtual_tokens=2),
    "tiny-t5+lora": LoraConfig(task_type=T5, r=2, lora_alpha=3, target_modules=["q", "v", "wo"]),
    "opt+lora": LoraConfig(
        task_type=DECODER, r=2, lora_alpha=4, target_modules=["fc1", "out_proj"]),
    "gpt2+lora": LoraConfig(
        task_type=DECODER, r=2, lora_alpha=4, fan_in_fan_out=True,
        target_modules=["c_attn", "transformer.h.0.mlp.c_proj"]),
    "llama+lora": LoraConfig(
        task_type=DECODER, r=4, lora_alpha=8, use_rslora=True,
        target_modules=["q_proj", "v_proj", "down_proj"]),
}


def load(name):
    name = name.split("+")[0]
    folder = os.path.join(HERE, "..", "Generation" if "t5" in name else "Decoders", name)
    kind = T5ForConditionalGeneration if "t5" in name else AutoModelForCausalLM
    return kind.from_pretrained(folder, dtype=torch.float64).eval()


def logits(model):
    ids = torch.tensor([INPUT])
    inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    if model.config.is_encoder_decoder:
        inputs["decoder_input_ids"] = torch.tensor([[model.config.decoder_start_token_id]])
    with torch.no_grad():
        return model(**inputs, use_cache=False).logits[0, -1]


def make(name):
    torch.manual_seed(3)
    model = get_peft_model(load(name), ADAPTERS[name])
    for part, parameter in model.named_parameters():
        if "lora_B" in part:
            torch.nn.init.normal_(parameter, std=0.3)
    folder = os.path.join(HERE, name)
    model.save_pretrained(folder)
    os.remove(f"{folder}/README.md")
    # As people have them: float32, also of LoRA, which PEFT makes as wide as the network.
    weights = f"{folder}/adapter_model.safetensors"
    save_file({part: tensor.float() for part, tensor in load_file(weights).items()}, weights,
              {"format": "pt"})
    path = f"{folder}/adapter_config.json"
    with open(path, encoding="utf-8") as file:
        config = json.load(file)
    # Else this machine's folder.
    config["base_model_name_or_path"] = name
    write(path, config)
    expected = logits(PeftModel.from_pretrained(load(name), folder).eval())
    write(f"{folder}/expected.json", [float(f"{value:.8g}") for value in expected.tolist()])


def write(path, value):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file)
        file.write("\n")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        with open(f"{sys.argv[1]}/adapter_config.json", encoding="utf-8") as file:
            name = json.load(file)["base_model_name_or_path"]
        with open(f"{HERE}/{name}/expected.json", encoding="utf-8") as file:
            expected = torch.tensor(json.load(file), dtype=torch.float64)
        found = logits(PeftModel.from_pretrained(load(name), sys.argv[1]).eval())
        print(((found - expected).abs().max() / expected.abs().max()).item())
    else:
        for name in ADAPTERS:
            make(name)
