"""Saves soft prompts of tiny networks as PEFT lays them out, for PromptAdapterTests.

    python make_adapters.py [FOLDER]

needs torch, transformers, safetensors and peft. Writes beside itself a folder for each network:
PEFT's two files, and `expected.json` with the logits that PEFT computes in float64 for the first
token after an input. With FOLDER, prints the largest difference to them of the logits with the adapter
in FOLDER: the check of what Firn writes (FIRN_TEST_ADAPTERS names where the tests put that).
"""

import json
import os
import sys

import torch
from peft import PeftModel, PromptTuningConfig, get_peft_model
from transformers import AutoModelForCausalLM, T5ForConditionalGeneration

HERE = os.path.dirname(os.path.abspath(__file__))
INPUT = [7, 31, 5, 22, 40, 9, 3]
NETWORKS = {"tiny-t5": ("Generation", 2), "tiny-t5-gelu-tied": ("Generation", 1),
            "llama": ("Decoders", 1)}


def load(name):
    folder = os.path.join(HERE, "..", NETWORKS[name][0], name)
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
    model = load(name)
    task = "SEQ_2_SEQ_LM" if model.config.is_encoder_decoder else "CAUSAL_LM"
    torch.manual_seed(3)
    model = get_peft_model(model, PromptTuningConfig(
        task_type=task, num_virtual_tokens=3, num_transformer_submodules=NETWORKS[name][1]))
    folder = os.path.join(HERE, name)
    model.save_pretrained(folder)
    os.remove(f"{folder}/README.md")
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
        print((found - expected).abs().max().item())
    else:
        for name in NETWORKS:
            make(name)
