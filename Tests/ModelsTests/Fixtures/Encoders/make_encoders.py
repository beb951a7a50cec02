"""Records what PyTorch's BERT computes, for EncoderGoldenTests.

    python make_encoders.py MINILM_FOLDER

needs torch, transformers and safetensors. Writes beside itself: `minilm.json` (vectors and sampled
states of the real model) and three folders of tiny random networks with what they compute.
"""

import json
import os
import sys

import torch
from transformers import AutoModel, AutoTokenizer, BertConfig
from transformers import BertForSequenceClassification, BertModel

HERE = os.path.dirname(os.path.abspath(__file__))
TEXTS = [
    "a",
    "Who wrote the music?",
    "",
    "Café naïve résumé — “quoted”, 42 % of 3.14.",
    "The river rises in the hills and reaches the sea after ninety kilometres.",
    "what is the highest mountain in europe outside the caucasus",
    "Unbelievably antidisestablishmentarian words get split into pieces.",
    " ".join(["A lighthouse stands at the mouth of the harbour."] * 4),
    " ".join(f"In {1900 + i} the town had {137 * i} inhabitants." for i in range(9)),
    " ".join(f"Item {i}: salt, pepper and rye." for i in range(20)),
    " ".join(f"Step {i} follows step {i - 1}, never step {i + 1}." for i in range(1, 16)),
    " ".join(f"word{i}" for i in range(400)),
]
PAIRS = [
    ("who wrote it", "it was written by a monk"),
    ("who", ""),
    ("who wrote it it it was was", "by by a a monk monk wrote wrote " * 12),
    ("a monk " * 40, "by a monk " * 40),
]
WORDS = "[PAD] [UNK] [CLS] [SEP] [MASK] who wrote it was ##ten a monk by".split()


def rounded(value):
    """Nine significant digits, which tell any two float32 apart."""
    if isinstance(value, list):
        return [rounded(item) for item in value]
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return float(f"{value:.9g}") if isinstance(value, float) else value


def write(path, value):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(rounded(value), file, ensure_ascii=False, separators=(",", ":"))
        file.write("\n")


def minilm(folder):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModel.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    records = []
    for index, text in enumerate(TEXTS):
        inputs = tokenizer(text, truncation=True, max_length=256, return_tensors="pt")
        with torch.no_grad():
            layers = model.eval()(**inputs, output_hidden_states=True).hidden_states
        states = layers[-1][0]
        vector = torch.nn.functional.normalize(states.mean(0), dim=0)
        # Every seventh token, every 29th number, from another place in each text.
        sample = states[:: 7 if len(states) > 20 else 1, index % 29 :: 29]
        record = {"text": text, "tokens": len(states), "offset": index % 29}
        record["vector"] = vector.tolist() if index % 3 == 1 else vector[::8].tolist()
        record["states"] = sample.tolist()
        if index == 4:
            record["layers"] = [layer[0, :, ::48].tolist() for layer in layers]
        records.append(record)
    write(os.path.join(HERE, "minilm.json"), records)


def tiny(name, labels):
    folder = os.path.join(HERE, name)
    os.makedirs(folder, exist_ok=True)
    torch.manual_seed(7 + labels)
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=20, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=28, max_position_embeddings=64, num_labels=max(labels, 1),
        initializer_range=0.3,
    )
    kind = BertForSequenceClassification if labels else BertModel
    model = kind(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 1:
                parameter += 0.3 * torch.randn_like(parameter)
    model.save_pretrained(folder)
    with open(os.path.join(folder, "vocab.txt"), "w", encoding="utf-8") as file:
        file.write("\n".join(WORDS) + "\n")
    tokenizer = AutoTokenizer.from_pretrained(folder, use_fast=True)
    # In float64, so that what differs is our rounding alone.
    model.double()
    records = []
    for question, passage in PAIRS:
        inputs = tokenizer(
            [question], [passage], truncation="longest_first", max_length=64, return_tensors="pt")
        with torch.no_grad():
            output = model(**inputs, output_hidden_states=not labels)
        record = {"question": question, "passage": passage, "ids": inputs["input_ids"][0].tolist()}
        if labels:
            record["logits"] = output.logits[0].tolist()
        elif len(records) < 2:
            record["layers"] = [layer[0].flatten().tolist() for layer in output.hidden_states]
        records.append(record)
    write(os.path.join(folder, "expected.json"), records)


if __name__ == "__main__":
    minilm(sys.argv[1])
    tiny("tiny-bert", 0)
    tiny("tiny-classifier-1", 1)
    tiny("tiny-classifier-2", 2)
