#!/usr/bin/env python3
"""Builds a BM25 index with tantivy.

  build_tantivy.py CORPUS FOLDER THREADS

CORPUS is JSON Lines with id and text. Lower case, stop words dropped, English stems; the text itself
is not stored. The last line of output is JSON: build_s, cpu_s, bytes and peak_bytes. Needs tantivy.
"""
import json
import os
import resource
import sys
import time

import tantivy

STOP = ("a an and are as at be but by for if in into is it no not of on or such that the their then "
        "there these they this to was will with").split()


def main():
    corpus, folder, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
    analyzer = (tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
                .filter(tantivy.Filter.lowercase()).filter(tantivy.Filter.custom_stopword(STOP))
                .filter(tantivy.Filter.stemmer("english")).build())
    schema = tantivy.SchemaBuilder()
    schema.add_text_field("text", stored=False, tokenizer_name="words", index_option="freq")
    schema.add_integer_field("id", stored=False, fast=True)
    start, used = time.perf_counter(), time.process_time()
    index = tantivy.Index(schema.build(), path=folder)
    index.register_tokenizer("words", analyzer)
    writer = index.writer(heap_size=400_000_000 * threads, num_threads=threads)
    with open(corpus, encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            writer.add_document(tantivy.Document(id=int(record["id"]), text=record["text"]))
    writer.commit()
    writer.wait_merging_threads()
    print(json.dumps({
        "build_s": time.perf_counter() - start,
        "cpu_s": time.process_time() - used,
        "bytes": sum(entry.stat().st_size for entry in os.scandir(folder)),
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }))


main()
