#!/usr/bin/env python3
"""Sentence vectors with ONNX Runtime on one thread, in batches of 32 sorted by length.

  encode_onnxruntime.py MODEL_FOLDER PASSAGES.jsonl

The model is exported once with PyTorch, its BERT operators fused, into the folder $FIRN_PEERS (or
the system's temporary folder). Needs torch, transformers, onnx and onnxruntime.
"""
import json
import os
import sys
import tempfile
import time

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
import numpy as np
import onnxruntime
import tokenizers

BATCH = 32
NAMES = ("input_ids", "attention_mask", "token_type_ids")


def export(folder, path):
    import torch
    import transformers
    from onnxruntime.transformers import optimizer

    class Sentence(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.bert = transformers.AutoModel.from_pretrained(folder, attn_implementation="eager")

        def forward(self, ids, mask, types):
            states = self.bert(ids, mask, types)[0]
            weight = mask.unsqueeze(-1).to(states.dtype)
            pooled = (states * weight).sum(1) / weight.sum(1)
            return torch.nn.functional.normalize(pooled, dim=1)

    model = Sentence().eval()
    config = model.bert.config
    example = tuple(torch.ones(2, 8, dtype=torch.long) for _ in NAMES)
    axes = {name: {0: "batch", 1: "length"} for name in NAMES}
    raw = path + ".raw"
    torch.onnx.export(model, example, raw, input_names=list(NAMES), output_names=["vectors"],
                      dynamic_axes={**axes, "vectors": {0: "batch"}}, opset_version=17, dynamo=False)
    fused = optimizer.optimize_model(raw, model_type="bert", num_heads=config.num_attention_heads,
                                     hidden_size=config.hidden_size)
    fused.save_model_to_file(path)
    os.remove(raw)


def main():
    folder, passages = sys.argv[1:3]
    path = os.path.join(os.environ.get("FIRN_PEERS", tempfile.gettempdir()), "firn-peer-encode.onnx")
    if not os.path.exists(path):
        export(folder, path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])
    tokenizer = tokenizers.Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)
    with open(passages, encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]

    def encode(texts):
        ids = [e.ids for e in tokenizer.encode_batch(texts)]
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        vectors = [None] * len(ids)
        for first in range(0, len(order), BATCH):
            batch = order[first:first + BATCH]
            padded = np.zeros((len(batch), len(ids[batch[-1]])), np.int64)
            mask = np.zeros_like(padded)
            for row, i in enumerate(batch):
                padded[row, :len(ids[i])] = ids[i]
                mask[row, :len(ids[i])] = 1
            values = (padded, mask, np.zeros_like(padded))
            for i, vector in zip(batch, session.run(None, dict(zip(NAMES, values)))[0]):
                vectors[i] = vector
        return vectors

    encode(texts[:8])
    start, used = time.perf_counter(), time.process_time()
    encode(texts)
    wall, cpu = time.perf_counter() - start, time.process_time() - used
    print(json.dumps({"passages_s": len(texts) / wall, "cpu_passages_s": len(texts) / cpu}))


main()
