#!/usr/bin/env python3
"""Learns a soft prompt with PyTorch in float32:

  tune_torch.py FOLDER TOKENS TARGET BATCH GROUP VECTORS THREADS

takes a step of AdamW whenever a line comes, the gradient accumulated over groups of GROUP examples,
and says how long it took. FOLDER is a transformers folder. Needs torch and transformers.
"""
import json
import os
import resource
import sys
import time

FOLDER, TOKENS, TARGET, BATCH, GROUP, VECTORS, THREADS = sys.argv[1], *map(int, sys.argv[2:8])
for name in ("OMP", "MKL", "OPENBLAS"):
    os.environ[name + "_NUM_THREADS"] = str(THREADS)
os.environ["HF_HUB_OFFLINE"] = "1"
import torch
import transformers

torch.set_num_threads(THREADS)
encodes = "t5" in os.path.basename(FOLDER.rstrip("/"))
kind = transformers.AutoModelForSeq2SeqLM if encodes else transformers.AutoModelForCausalLM
model = kind.from_pretrained(FOLDER, dtype=torch.float32).eval().requires_grad_(False)
embed = model.get_input_embeddings()
prompt = embed.weight[:VECTORS].clone().requires_grad_()
optimizer = torch.optim.AdamW([prompt], lr=1e-3, weight_decay=0)


def ids(count, first):
    return [3 + 7919 * (first + i) % 30000 for i in range(count)]


INPUTS = torch.tensor([ids(TOKENS, 1000 * i) for i in range(BATCH)])
TARGETS = torch.tensor([ids(TARGET, 1000 * i + 500) for i in range(BATCH)])


def loss(inputs, targets):
    vectors = prompt[None].expand(len(inputs), -1, -1)
    rows = torch.cat([vectors, embed(inputs)], dim=1)
    if encodes:
        start = torch.full_like(targets[:, :1], model.config.decoder_start_token_id)
        logits = model(
            inputs_embeds=rows, decoder_input_ids=torch.cat([start, targets[:, :-1]], dim=1),
            use_cache=False).logits
    else:
        rows = torch.cat([rows, embed(targets[:, :-1])], dim=1)
        logits = model(inputs_embeds=rows, use_cache=False, logits_to_keep=TARGET).logits
    return torch.nn.functional.cross_entropy(
        logits.flatten(0, 1), targets.flatten(), reduction="sum") / TARGETS.numel()


for _ in sys.stdin:
    begun, used = time.perf_counter(), time.process_time()
    optimizer.zero_grad()
    total = 0.0
    for i in range(0, BATCH, GROUP):
        value = loss(INPUTS[i:i + GROUP], TARGETS[i:i + GROUP])
        value.backward()
        total += value.item()
    torch.nn.utils.clip_grad_norm_([prompt], 1.0)
    optimizer.step()
    seconds, used = time.perf_counter() - begun, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0
    print(json.dumps({"step_s": seconds, "cpu_s": used, "loss": total, "peak": peak}), flush=True)
