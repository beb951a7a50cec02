#!/usr/bin/env python3
"""Sentence vectors or cross-encoder scores by other engines, on one thread, in batches of 32 that are
sorted by length.

  encode.py ENGINE[-int8] MODEL_FOLDER TEXTS.jsonl

ENGINE is onnxruntime, openvino, ctranslate2 or sentence-transformers (float32 only). A model that
scores pairs is told by its config.json; lines are then {"question", "passage"}, else {"text"}. Prints
JSON: passages_s, cpu_passages_s and, of int8, how near it comes to PyTorch in float32: the mean cosine
of vectors, or the rank correlation of each hundred scores.

What the engines need is made once, in the folder $FIRN_PEERS (or the system's temporary folder): ONNX
files with fused operators, dynamically quantized ones for onnxruntime, statically quantized ones
(nncf, calibrated on the texts) for openvino. Needs torch, transformers and the engine.
"""
import hashlib
import json
import os
import sys
import tempfile
import time

os.environ["OMP_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
import numpy as np
import tokenizers

BATCH = 32
NAMES = ("input_ids", "attention_mask", "token_type_ids")


class Model:
    def __init__(self, folder):
        self.folder = folder
        with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
            kind = json.load(file)["architectures"][0]
        self.scores_pairs = kind.endswith("ForSequenceClassification")
        name = hashlib.sha256(os.path.abspath(folder).encode()).hexdigest()[:12]
        self.prefix = os.path.join(
            os.environ.get("FIRN_PEERS", tempfile.gettempdir()), "firn-peer-" + name)
        self.tokenizer = tokenizers.Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(512 if self.scores_pairs else 256)

    def batches(self, items):
        """Rows of padded ids, mask and segments, and which items they are."""
        encodings = self.tokenizer.encode_batch(items)
        order = sorted(range(len(items)), key=lambda i: len(encodings[i].ids))
        for first in range(0, len(order), BATCH):
            batch = order[first:first + BATCH]
            arrays = [np.zeros((len(batch), len(encodings[batch[-1]].ids)), np.int64) for _ in NAMES]
            for row, i in enumerate(batch):
                e = encodings[i]
                for array, part in zip(arrays, (e.ids, e.attention_mask, e.type_ids)):
                    array[row, :len(e.ids)] = part
            yield batch, dict(zip(NAMES, arrays))

    def run(self, function, items):
        results = [None] * len(items)
        for batch, inputs in self.batches(items):
            for i, result in zip(batch, function(inputs)):
                results[i] = result
        return np.array(results)

    def torch(self):
        import torch
        import transformers

        torch.set_num_threads(1)
        kind = (transformers.AutoModelForSequenceClassification if self.scores_pairs
                else transformers.AutoModel)
        network = kind.from_pretrained(self.folder, attn_implementation="eager").eval()

        class Result(torch.nn.Module):
            def forward(inner, ids, mask, types):
                output = network(ids, mask, types)[0]
                if self.scores_pairs:
                    return output[:, 0]
                weight = mask.unsqueeze(-1).to(output.dtype)
                pooled = (output * weight).sum(1) / weight.sum(1)
                return torch.nn.functional.normalize(pooled, dim=1)

        result = Result().eval()
        result.network = network
        return result

    def reference(self, items):
        import torch

        network = self.torch()
        with torch.inference_mode():
            return self.run(lambda inputs: network(*map(torch.from_numpy, inputs.values())).numpy(),
                            items)

    def onnx(self, fused):
        path = self.prefix + (".fused.onnx" if fused else ".onnx")
        if os.path.exists(path):
            return path
        if fused:
            from onnxruntime.transformers import optimizer

            raw, config = self.onnx(False), self.torch().network.config
            optimizer.optimize_model(
                raw, model_type="bert", num_heads=config.num_attention_heads,
                hidden_size=config.hidden_size).save_model_to_file(path)
            return path
        import torch

        example = tuple(torch.ones(2, 8, dtype=torch.long) for _ in NAMES)
        axes = {name: {0: "batch", 1: "length"} for name in NAMES}
        torch.onnx.export(
            self.torch(), example, path, input_names=list(NAMES), output_names=["result"],
            dynamic_axes={**axes, "result": {0: "batch"}}, opset_version=17, dynamo=False)
        return path


def onnxruntime(model, int8, items):
    import onnxruntime as ort

    path = model.onnx(True)
    if int8:
        small = model.prefix + ".int8.onnx"
        if not os.path.exists(small):
            import onnx
            from onnxruntime.quantization import quantize_dynamic

            quantize_dynamic(path, small, per_channel=True,
                             extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT})
        path = small
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = ort.InferenceSession(path, options, ["CPUExecutionProvider"])
    types = {i.name: np.int32 if "32" in i.type else np.int64 for i in session.get_inputs()}
    return lambda inputs: session.run(
        None, {name: inputs[name].astype(kind) for name, kind in types.items()})[0]


def openvino(model, int8, items):
    import openvino as ov

    core = ov.Core()
    path = model.prefix + ".int8.xml"
    if int8 and not os.path.exists(path):
        import nncf

        data = nncf.Dataset([inputs for _, inputs in model.batches(items[:256])])
        ov.save_model(nncf.quantize(core.read_model(model.onnx(False)), data,
                                    model_type=nncf.ModelType.TRANSFORMER), path)
    network = core.read_model(path if int8 else model.onnx(False))
    compiled = core.compile_model(
        network, "CPU", {"INFERENCE_NUM_THREADS": 1, "PERFORMANCE_HINT": "LATENCY"})
    request = compiled.create_infer_request()
    return lambda inputs: np.array(request.infer(inputs, share_inputs=True)[compiled.output(0)])


def ctranslate2(model, int8, items):
    import ctranslate2 as ct2

    path = model.prefix + ".ct2"
    if not os.path.exists(path):
        ct2.converters.TransformersConverter(model.folder).convert(path)
    encoder = ct2.Encoder(path, device="cpu", inter_threads=1, intra_threads=1,
                          compute_type="int8" if int8 else "float32")
    head = None
    if model.scores_pairs:
        from safetensors.numpy import load_file

        weights = load_file(os.path.join(model.folder, "model.safetensors"))
        head = weights["classifier.weight"][0], weights["classifier.bias"][0]

    def function(inputs):
        lengths = inputs["attention_mask"].sum(1)
        ids, types = ([row[:n].tolist() for row, n in zip(inputs[name], lengths)]
                      for name in ("input_ids", "token_type_ids"))
        output = encoder.forward_batch(ids, token_type_ids=types)
        if head:
            return np.array(output.pooler_output) @ head[0] + head[1]
        weight = inputs["attention_mask"][:, :, None].astype(np.float32)
        pooled = (np.array(output.last_hidden_state) * weight).sum(1)
        return pooled / np.linalg.norm(pooled, axis=1, keepdims=True)

    return function


def sentence_transformers(model, items):
    """Takes the whole list: it sorts and batches by itself."""
    import torch
    from sentence_transformers import CrossEncoder, SentenceTransformer

    torch.set_num_threads(1)
    if model.scores_pairs:
        network = CrossEncoder(model.folder, device="cpu", max_length=512)
        return lambda items: network.predict(items, batch_size=BATCH, show_progress_bar=False,
                                             activation_fn=torch.nn.Identity())
    network = SentenceTransformer(model.folder, device="cpu")
    return lambda items: network.encode(items, batch_size=BATCH, show_progress_bar=False)


def agreement(model, results, items):
    items, results = items[:100], results[:100]
    expected = model.reference(items)
    if model.scores_pairs:
        ranks = [np.argsort(np.argsort(scores)) for scores in (results, expected)]
        return {"rank_correlation": float(np.corrcoef(*ranks)[0, 1])}
    return {"cosine": float((results * expected).sum(1).mean()),
            "least_cosine": float((results * expected).sum(1).min())}


def main():
    engine, folder, path = sys.argv[1:4]
    name, int8 = engine.removesuffix("-int8"), engine.endswith("-int8")
    model = Model(folder)
    with open(path, encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    items = [(r["question"], r["passage"]) if model.scores_pairs else r["text"] for r in records]
    if name == "sentence-transformers":
        encode = sentence_transformers(model, items)
    else:
        engines = {"onnxruntime": onnxruntime, "openvino": openvino, "ctranslate2": ctranslate2}
        function = engines[name](model, int8, items)
        encode = lambda items: model.run(function, items)
    encode(items[:8])
    start, used = time.perf_counter(), time.process_time()
    results = encode(items)
    wall, cpu = time.perf_counter() - start, time.process_time() - used
    figures = {"passages_s": len(items) / wall, "cpu_passages_s": len(items) / cpu}
    print(json.dumps({**figures, **(agreement(model, results, items) if int8 else {})}))


main()
