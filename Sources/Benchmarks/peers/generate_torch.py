#!/usr/bin/env python3
"""Generates with PyTorch in float32: generate_torch.py FOLDER TOKENS NEW THREADS

FOLDER is a transformers folder. Needs torch and transformers.
"""
import os

import turns

import torch
import transformers

torch.set_num_threads(turns.THREADS)
encodes = "t5" in os.path.basename(turns.FOLDER.rstrip("/"))
kind = transformers.AutoModelForSeq2SeqLM if encodes else transformers.AutoModelForCausalLM
model = kind.from_pretrained(turns.FOLDER, dtype=torch.float32).eval()
IDS = torch.tensor([turns.IDS])


def generate(count):
    with torch.inference_mode():
        made = model.generate(
            input_ids=IDS, attention_mask=torch.ones_like(IDS), max_new_tokens=count,
            min_new_tokens=count, do_sample=False, num_beams=1, pad_token_id=0)
    return made.shape[1] - (1 if encodes else len(turns.IDS))


turns.take(generate)
