#!/usr/bin/env python3
"""Writes a Qwen2 folder of make_readers.py for llama.cpp: make_gguf.py FOLDER

FOLDER-float32.gguf and FOLDER-int8.gguf (Q8_0) come beside it. Needs torch, safetensors, gguf.
"""
import json
import sys

import gguf
import safetensors.torch
import torch

FOLDER = sys.argv[1].rstrip("/")
NAMES = {
    "model.embed_tokens": "token_embd", "model.norm": "output_norm", "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
}


def renamed(name):
    base, part = name.rsplit(".", 1)
    if base.startswith("model.layers."):
        number, base = base[len("model.layers."):].split(".", 1)
        return f"blk.{number}.{NAMES[base]}.{part}"
    return f"{NAMES[base]}.{part}"


def write(path, kind):
    with open(f"{FOLDER}/config.json", encoding="utf-8") as file:
        config = json.load(file)
    writer = gguf.GGUFWriter(path, "qwen2")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(1e6)
    words = config["vocab_size"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list([f"w{i}" for i in range(words)])
    writer.add_token_types([gguf.TokenType.NORMAL] * words)
    writer.add_token_merges(["w 1"])
    writer.add_eos_token_id(1)
    for name, tensor in safetensors.torch.load_file(f"{FOLDER}/model.safetensors").items():
        if name == "lm_head.weight":
            continue
        values = tensor.to(torch.float32).numpy()
        if values.ndim == 2 and kind != gguf.GGMLQuantizationType.F32:
            writer.add_tensor(renamed(name), gguf.quants.quantize(values, kind), raw_dtype=kind)
        else:
            writer.add_tensor(renamed(name), values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


write(f"{FOLDER}-float32.gguf", gguf.GGMLQuantizationType.F32)
write(f"{FOLDER}-int8.gguf", gguf.GGMLQuantizationType.Q8_0)
