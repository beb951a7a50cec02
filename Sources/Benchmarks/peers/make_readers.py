#!/usr/bin/env python3
"""Readers of real shapes with random weights, as transformers saves them and for CTranslate2.

  make_readers.py FOLDER [flan-t5-small flan-t5-base flan-t5-large opt-1.3b qwen2.5-0.5b]

Speed and memory do not depend on what the weights are. Each goes to FOLDER/NAME, with CTranslate2's
forms beside it in FOLDER/NAME-float32 and FOLDER/NAME-int8. Weights have the format that the
public checkpoints have. Token i is the word "w<i>". Needs torch, transformers, ctranslate2.
"""
import os
import sys

os.environ["HF_HUB_OFFLINE"] = "1"
import tokenizers
import torch
import transformers
from ctranslate2.converters import TransformersConverter

T5 = {"small": (512, 1024, 8, 6), "base": (768, 2048, 12, 12), "large": (1024, 2816, 24, 16)}


def t5(size):
    width, hidden, layers, heads = T5[size]
    config = transformers.T5Config(
        vocab_size=32128, d_model=width, d_kv=64, d_ff=hidden, num_layers=layers,
        num_decoder_layers=layers, num_heads=heads, feed_forward_proj="gated-gelu",
        decoder_start_token_id=0)
    config.tie_word_embeddings = False
    return transformers.T5ForConditionalGeneration, config, torch.float32


SHAPES = {
    **{f"flan-t5-{size}": t5(size) for size in T5},
    "opt-1.3b": (transformers.OPTForCausalLM, transformers.OPTConfig(
        vocab_size=50272, hidden_size=2048, ffn_dim=8192, num_hidden_layers=24,
        num_attention_heads=32, max_position_embeddings=2064), torch.float16),
    "qwen2.5-0.5b": (transformers.Qwen2ForCausalLM, transformers.Qwen2Config(
        vocab_size=151936, hidden_size=896, intermediate_size=4864, num_hidden_layers=24,
        num_attention_heads=14, num_key_value_heads=2, tie_word_embeddings=True,
        rope_parameters={"rope_type": "default", "rope_theta": 1e6}), torch.bfloat16),
}


def words(count, folder):
    """A tokenizer whose words are "w<i>", but for the three special tokens."""
    pieces = {"<pad>": 0, "</s>": 1, "<unk>": 2} | {f"w{i}": i for i in range(3, count)}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(pieces, unk_token="<unk>"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.WhitespaceSplit()
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="</s>", bos_token="</s>",
        unk_token="<unk>").save_pretrained(folder)


def make(name, root):
    network, config, dtype = SHAPES[name]
    folder = os.path.join(root, name)
    torch.manual_seed(0)
    torch.set_default_dtype(dtype)
    model = network(config).eval()
    torch.set_default_dtype(torch.float32)
    if name.startswith("flan-t5"):
        model.encoder.embed_tokens = model.decoder.embed_tokens = model.shared
    model.save_pretrained(folder)
    words(config.vocab_size, folder)
    print(name, sum(p.numel() for p in model.parameters()), flush=True)
    del model
    for kind in ("float32", "int8"):
        TransformersConverter(folder, low_cpu_mem_usage=True).convert(
            f"{folder}-{kind}", quantization=kind, force=True)


if __name__ == "__main__":
    for name in sys.argv[2:] or SHAPES:
        make(name, sys.argv[1])
