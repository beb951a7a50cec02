"""Records what transformers computes with tiny T5s of random weights, for T5GoldenTests.

    python make_t5.py [FOLDER]

needs torch, transformers and safetensors. Writes a folder for each network beside itself, with what
it computes in float64; with FOLDER, one network as wide as Flan-T5-small goes there instead.
"""

import json
import os
import sys

import torch
from safetensors.torch import save_file
from transformers import T5Config, T5ForConditionalGeneration
from transformers.models.t5.modeling_t5 import T5Attention

HERE = os.path.dirname(os.path.abspath(__file__))
SEARCHES = [
    {"beams": 1, "length_penalty": 1.0, "early_stopping": False},
    {"beams": 2, "length_penalty": 1.0, "early_stopping": False},
    {"beams": 4, "length_penalty": 1.0, "early_stopping": True},
    {"beams": 3, "length_penalty": 0.2, "early_stopping": True},
    {"beams": 4, "length_penalty": 0.6, "early_stopping": "never"},
    {"beams": 3, "length_penalty": 2.0, "early_stopping": "never"},
    {"beams": 3, "length_penalty": -0.5, "early_stopping": "never"},
    {"beams": 3, "length_penalty": 1.5, "early_stopping": False},
]
NETWORKS = {
    "tiny-t5": {"feed_forward_proj": "relu", "tie_word_embeddings": True},
    "tiny-t5-v1_1": {"feed_forward_proj": "gated-gelu", "tie_word_embeddings": False},
    "tiny-t5-gelu-tied": {"feed_forward_proj": "gelu", "tie_word_embeddings": True},
    "tiny-t5-silu-untied": {"feed_forward_proj": "gated-silu", "tie_word_embeddings": False},
}
TINY = {
    "vocab_size": 46, "d_model": 16, "d_kv": 6, "num_heads": 2, "d_ff": 20, "num_layers": 2,
    "num_decoder_layers": 1, "relative_attention_num_buckets": 8,
    "relative_attention_max_distance": 20,
}
SMALL = {"vocab_size": 32128, "d_model": 512, "d_kv": 64, "num_heads": 6, "d_ff": 1024,
         "num_layers": 8, "num_decoder_layers": 8}


def model(config, seed, strength=2.5):
    torch.manual_seed(seed)
    network = T5ForConditionalGeneration(config).eval()
    tied = config.scale_decoder_outputs
    with torch.no_grad():
        if not tied:
            network.lm_head.weight = torch.nn.Parameter(network.lm_head.weight.clone())
        for name, parameter in network.named_parameters():
            # The library's own spread would give flat logits.
            if parameter.dim() == 1:
                parameter.copy_(1 + 0.3 * torch.randn_like(parameter))
            elif "relative_attention_bias" in name:
                parameter.normal_(0, 1)
            elif name.endswith(("shared.weight", "lm_head.weight")):
                parameter.normal_(0, 0.3 if tied else 0.6)
            else:
                # Strong layers, else a decoder repeats what it reads; but in a wide network such
                # attention is chaotic, and float32 itself would not agree with float64.
                spread = strength * parameter.shape[1] ** -0.5
                parameter.normal_(0, spread * (config.d_kv ** -0.5 if strength == 1 and
                                               name.endswith(".q.weight") else 1))
        # So that some answers stop.
        network.lm_head.weight[1] *= 1.5
    return network


def save(network, folder, tied):
    os.makedirs(folder, exist_ok=True)
    tensors = {name: tensor.contiguous() for name, tensor in network.state_dict().items()
               if "embed_tokens" not in name and not (tied and name == "lm_head.weight")}
    save_file(tensors, f"{folder}/model.safetensors", metadata={"format": "pt"})
    config = network.config.to_dict()
    keys = [*TINY, "feed_forward_proj", "layer_norm_epsilon", "decoder_start_token_id",
            "pad_token_id", "eos_token_id"]
    kept = {key: config[key] for key in keys}
    # As the hub's files have it.
    kept |= {"model_type": "t5", "architectures": ["T5ForConditionalGeneration"],
             "tie_word_embeddings": tied, "is_encoder_decoder": True}
    with open(f"{folder}/config.json", "w", encoding="utf-8") as file:
        json.dump(kept, file, indent=1)
        file.write("\n")


def rounded(value):
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return float(f"{value:.7g}")


def record(network, sources, tokens):
    records = []
    for source in sources:
        ids = torch.tensor([source])
        def run(**options):
            with torch.no_grad():
                return network.generate(
                    input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=tokens,
                    do_sample=False, return_dict_in_generate=True, output_logits=True,
                    **options)
        free = run(eos_token_id=None)
        result = {"source": source, "logits": rounded(free.logits[0][0].tolist()),
                  "last": rounded(free.logits[-1][0].tolist()),
                  "greedy": free.sequences[0, 1:].tolist()}
        result["searches"] = []
        for search in SEARCHES:
            options = {"num_beams": search["beams"], "length_penalty": search["length_penalty"],
                       "early_stopping": search["early_stopping"]}
            if search["beams"] == 1:
                options = {}
            out = run(eos_token_id=1, **options).sequences[0, 1:].tolist()
            if 1 in out:
                out = out[:out.index(1) + 1]
            result["searches"].append(search | {
                "early_stopping": str(search["early_stopping"]).lower(), "ids": out})
        records.append(result)
    return records


def write(path, value):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file, separators=(",", ":"))
        file.write("\n")


def buckets():
    distances = torch.arange(-200, 201)
    return {
        f"{mode}-{count}-{farthest}": T5Attention._relative_position_bucket(
            distances, mode == "both", count, farthest).tolist()
        for mode in ["both", "one"] for count, farthest in [(32, 128), (8, 20)]}


if __name__ == "__main__":
    if len(sys.argv) > 1:
        network = model(T5Config(**SMALL, **NETWORKS["tiny-t5-v1_1"], decoder_start_token_id=0), 5,
                        strength=1)
        save(network, sys.argv[1], False)
        long = [(7 * i * i + 11 * i) % 32000 + 2 for i in range(299)] + [1]
        network.double()
        write(f"{sys.argv[1]}/expected.json", record(network, [long, long[250:]], 32))
        sys.exit()
    write(f"{HERE}/buckets.json", buckets())
    for seed, (name, facts) in enumerate(NETWORKS.items()):
        network = model(T5Config(**TINY, **facts, decoder_start_token_id=0), 3 + seed)
        folder = f"{HERE}/{name}"
        save(network, folder, facts["tie_word_embeddings"])
        network.double()
        long = [(5 * i * i + 3 * i) % 44 + 2 for i in range(60)] + [1]
        write(f"{folder}/expected.json", record(network, [[7, 1], long, long[40:]], 32))
