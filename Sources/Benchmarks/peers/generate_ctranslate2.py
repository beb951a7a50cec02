#!/usr/bin/env python3
"""Generates with CTranslate2: generate_ctranslate2.py FOLDER TOKENS NEW THREADS

FOLDER is one that make_readers.py converted, NAME-float32 or NAME-int8. Needs ctranslate2.
"""
import os

import turns

import ctranslate2

OPTIONS = {"device": "cpu", "inter_threads": 1, "intra_threads": turns.THREADS,
           "compute_type": "int8" if turns.FOLDER.rstrip("/").endswith("int8") else "float32"}
WORDS = [[f"w{i}" for i in turns.IDS]]


def told(first):
    """What CTranslate2 calls after each token, which the first needs only."""
    def step(result):
        if result.step == 0:
            first()
        return False
    return step


if "t5" in os.path.basename(turns.FOLDER.rstrip("/")):
    model = ctranslate2.Translator(turns.FOLDER, **OPTIONS)

    def generate(count, first):
        made = model.translate_batch(
            WORDS, beam_size=1, max_decoding_length=count, min_decoding_length=count,
            max_input_length=0, callback=told(first))[0].hypotheses[0]
        turns.require(len(made), count)
else:
    model = ctranslate2.Generator(turns.FOLDER, **OPTIONS)

    def generate(count, first):
        made = model.generate_batch(
            WORDS, beam_size=1, max_length=count, min_length=count,
            include_prompt_in_result=False, callback=told(first))[0].sequences[0]
        turns.require(len(made), count)

turns.take(generate)
