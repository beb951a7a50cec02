#!/usr/bin/env python3
"""A cross-encoder of MiniLM's shape: its encoder below a head that is fitted, not random.

  make_cross_encoder.py MINILM_FOLDER PASSAGES.jsonl OUTPUT_FOLDER

The head learns, by least squares over 600 pairs, how near MiniLM's own vectors put a passage to a
sentence of another: a smooth score over states as they are, so that the order of scores says how far
rounding moves them. Needs torch and transformers.
"""
import json
import random
import sys

import torch
from transformers import AutoTokenizer, BertForSequenceClassification

folder, passages, output = sys.argv[1:4]
torch.manual_seed(1)
random.seed(1)
torch.set_num_threads(1)
tokenizer = AutoTokenizer.from_pretrained(folder)
model = BertForSequenceClassification.from_pretrained(folder, num_labels=1).eval()
with open(passages, encoding="utf-8") as lines:
    texts = [json.loads(line)["text"] for line in lines]
random.shuffle(texts)
questions = [text.split(". ")[0] for text in texts[:60]]
pairs = [(q, t) for i, q in enumerate(questions) for t in texts[i:i + 3] + texts[7 * i:7 * i + 7]]


def states(items):
    for first in range(0, len(items), 16):
        inputs = tokenizer(items[first:first + 16], padding=True, truncation=True, max_length=256,
                           return_tensors="pt")
        yield model.bert(**inputs), inputs["attention_mask"].unsqueeze(-1).float()


with torch.no_grad():
    means = {}
    for side in zip(*pairs):
        unique = sorted(set(side))
        vectors = torch.cat([(s.last_hidden_state * m).sum(1) / m.sum(1) for s, m in states(unique)])
        means.update(zip(unique, torch.nn.functional.normalize(vectors, dim=1)))
    target = torch.stack([means[q] @ means[t] for q, t in pairs])
    # The pooler passes the first state on, small enough for tanh to be nearly straight.
    model.bert.pooler.dense.weight.copy_(0.1 * torch.eye(model.config.hidden_size))
    model.bert.pooler.dense.bias.zero_()
    pooled = torch.cat([s.pooler_output for s, _ in states([list(pair) for pair in pairs])])
    center = pooled.mean(0)
    x, y = (pooled - center).double(), (target - target.mean()).double()
    ridge = 0.1 * (x * x).mean() * len(pairs) * torch.eye(x.shape[1], dtype=torch.double)
    weight = torch.linalg.solve(x.T @ x + ridge, x.T @ y)
    model.classifier.weight.copy_(weight.float().unsqueeze(0))
    model.classifier.bias.copy_(target.mean() - center @ weight.float())
    print("correlation of the head with its target:", float(torch.corrcoef(
        torch.stack([x @ weight, y]))[0, 1]))
model.save_pretrained(output)
tokenizer.save_pretrained(output)
