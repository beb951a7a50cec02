"""A real server of OpenAI's interface for RemoteReaderTests: llama.cpp's own, with a tiny model.

    pip install xllamacpp gguf numpy
    python serve_llama.py [PORT] &
    FIRN_TEST_SERVER=http://127.0.0.1:8080/v1 make test

The model is a Llama of random weights over bytes and letters: what it writes means nothing.
"""

import sys
import tempfile
import time

import gguf
import numpy
import xllamacpp

WIDTH, HEADS, LAYERS, HIDDEN, CONTEXT = 64, 4, 2, 128, 2048
LETTERS = ["\u2581", *map(chr, range(ord("a"), ord("z") + 1))]
KINDS = gguf.TokenType


def write(path):
    random = numpy.random.default_rng(0)
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), *LETTERS]
    kinds = [KINDS.UNKNOWN, KINDS.CONTROL, KINDS.CONTROL] + 256 * [KINDS.BYTE]
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(HIDDEN)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types(kinds + [KINDS.NORMAL] * len(LETTERS))
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_unk_token_id(0)
    writer.add_chat_template(
        "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}assistant: ")

    def matrix(name, rows, columns):
        values = 0.3 * random.standard_normal((rows, columns))
        writer.add_tensor(f"{name}.weight", values.astype(numpy.float32))

    def gains(name):
        writer.add_tensor(f"{name}.weight", numpy.ones(WIDTH, numpy.float32))

    matrix("token_embd", len(tokens), WIDTH)
    matrix("output", len(tokens), WIDTH)
    gains("output_norm")
    for layer in range(LAYERS):
        block = f"blk.{layer}"
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            matrix(f"{block}.{name}", WIDTH, WIDTH)
        for name in ("ffn_gate", "ffn_up"):
            matrix(f"{block}.{name}", HIDDEN, WIDTH)
        matrix(f"{block}.ffn_down", WIDTH, HIDDEN)
        gains(f"{block}.attn_norm")
        gains(f"{block}.ffn_norm")
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


with tempfile.NamedTemporaryFile(suffix=".gguf") as file:
    write(file.name)
    parameters = xllamacpp.CommonParams()
    parameters.model.path = file.name
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = int(sys.argv[1]) if len(sys.argv) > 1 else 8080
    parameters.n_ctx, parameters.n_parallel = 4 * CONTEXT, 4
    parameters.warmup = False
    server = xllamacpp.Server(parameters)
    print(f"{server.listening_address}/v1", flush=True)
    while True:
        time.sleep(3600)
