#!/usr/bin/env python3
"""Generates with llama.cpp: generate_llama_cpp.py FILE.gguf TOKENS NEW THREADS

FILE.gguf is one of make_gguf.py. Needs xllamacpp, which holds llama.cpp's own server.
"""
import turns

import xllamacpp

parameters = xllamacpp.CommonParams()
parameters.model.path = turns.FOLDER
parameters.n_ctx = turns.TOKENS + turns.NEW + 8
parameters.n_batch = parameters.n_ubatch = max(512, turns.TOKENS)
parameters.n_parallel = 1
parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = turns.THREADS
parameters.warmup = False
server = xllamacpp.Server(parameters)


def generate(count, _):
    answer = server.handle_completions({
        "prompt": turns.IDS, "max_tokens": count, "n_predict": count, "temperature": 0,
        "ignore_eos": True, "cache_prompt": False})
    turns.require(answer["usage"]["completion_tokens"], count)
    first = answer["timings"]["prompt_ms"] / 1e3
    return first, first + answer["timings"]["predicted_ms"] / 1e3


turns.take(generate)
