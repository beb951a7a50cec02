#!/usr/bin/env python3
"""Turns question files with passages beside them into a corpus and questions that name their passage.

  evaluation.py OUTPUT FILE.jsonl.gz...

Each FILE holds JSON Lines {"id", "question", "answers", "title", "passage", "answer_start"}. Written
are OUTPUT/passages.jsonl, where equal passages of one file stand once, and for each FILE
OUTPUT/FILE.questions.jsonl, the same records with the "passage_id" of their passage.
Firn itself needs no Python; this only prepares the data of the README's results.
"""
import gzip
import json
import os
import sys

output, files = sys.argv[1], sys.argv[2:]
os.makedirs(output, exist_ok=True)
with open(os.path.join(output, "passages.jsonl"), "w", encoding="utf-8") as passages:
    for file in files:
        name = os.path.basename(file).removesuffix(".jsonl.gz")
        ids = {}
        with gzip.open(file, "rt", encoding="utf-8") as records, open(
            os.path.join(output, name + ".questions.jsonl"), "w", encoding="utf-8"
        ) as questions:
            for record in map(json.loads, records):
                text = record["passage"]
                if text not in ids:
                    ids[text] = f"{name}-{len(ids)}"
                    passage = {"id": ids[text], "title": record["title"], "text": text}
                    passages.write(json.dumps(passage, ensure_ascii=False) + "\n")
                record["passage_id"] = ids[text]
                questions.write(json.dumps(record, ensure_ascii=False) + "\n")
