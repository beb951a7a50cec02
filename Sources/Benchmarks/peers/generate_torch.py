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


class Streamer:
    """Is handed the prompt, or an encoder-decoder's start, and then each token."""

    def __init__(self, first):
        self.calls, self.first = 0, first

    def put(self, _):
        self.calls += 1
        if self.calls == 2:
            self.first()

    def end(self):
        pass


def generate(count, first):
    with torch.inference_mode():
        made = model.generate(
            input_ids=IDS, attention_mask=torch.ones_like(IDS), max_new_tokens=count,
            min_new_tokens=count, do_sample=False, num_beams=1, pad_token_id=0,
            streamer=Streamer(first))
    turns.require(made.shape[1] - (1 if encodes else len(turns.IDS)), count)


turns.take(generate)
