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
if "t5" in os.path.basename(turns.FOLDER.rstrip("/")):
    model = ctranslate2.Translator(turns.FOLDER, **OPTIONS)

    def generate(count):
        return len(model.translate_batch(
            WORDS, beam_size=1, max_decoding_length=count, min_decoding_length=count,
            max_input_length=0)[0].hypotheses[0])
else:
    model = ctranslate2.Generator(turns.FOLDER, **OPTIONS)

    def generate(count):
        return len(model.generate_batch(
            WORDS, beam_size=1, max_length=count, min_length=count,
            include_prompt_in_result=False)[0].sequences[0])

turns.take(generate)
