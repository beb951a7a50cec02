#!/usr/bin/env python3
"""Learns LoRA on every linear map of a frozen BERT and a span head with PyTorch in float32:

  lora_torch.py FOLDER TOKENS BATCH RANK THREADS

takes a step of AdamW whenever a line comes and says how long it took. Needs torch, transformers and
peft.
"""
import json
import os
import resource
import sys
import time

FOLDER, TOKENS, BATCH, RANK, THREADS = sys.argv[1], *map(int, sys.argv[2:6])
for name in ("OMP", "MKL", "OPENBLAS"):
    os.environ[name + "_NUM_THREADS"] = str(THREADS)
os.environ["HF_HUB_OFFLINE"] = "1"
import peft
import torch
import transformers

torch.set_num_threads(THREADS)
torch.manual_seed(1)
model = transformers.AutoModelForQuestionAnswering.from_pretrained(FOLDER, dtype=torch.float32)
model = peft.get_peft_model(model, peft.LoraConfig(
    r=RANK, lora_alpha=RANK, target_modules=["query", "key", "value", "dense"],
    modules_to_save=["qa_outputs"])).eval()
learned = [p for p in model.parameters() if p.requires_grad]
optimizer = torch.optim.AdamW(learned, lr=1e-3, weight_decay=0)
IDS = torch.tensor([[1000 + 7919 * (1000 * window + i) % 20000 for i in range(TOKENS)]
                    for window in range(BATCH)])
STARTS, ENDS = torch.full((BATCH,), 1), torch.full((BATCH,), TOKENS - 1)

for _ in sys.stdin:
    begun, used = time.perf_counter(), time.process_time()
    optimizer.zero_grad()
    loss = model(input_ids=IDS, start_positions=STARTS, end_positions=ENDS).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(learned, 1.0)
    optimizer.step()
    seconds, used = time.perf_counter() - begun, time.process_time() - used
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0
    print(json.dumps(
        {"step_s": seconds, "cpu_s": used, "loss": loss.item(), "peak": peak}), flush=True)
