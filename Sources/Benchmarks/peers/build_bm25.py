#!/usr/bin/env python3
"""Builds a BM25 index with another engine, for `Benchmarks build`.

  build_bm25.py ENGINE [--texts] CORPUS FOLDER THREADS

ENGINE is bm25s, tantivy or fts5 (`bm25_engines.py`); with --texts the last two store the texts too, as
Firn's index does. Only tantivy builds on several threads. The last line of output is JSON: build_s,
cpu_s, bytes and peak_bytes.
"""
import json
import os
import resource
import sys

from bm25_engines import make_engine, timed


def size(folder):
    return sum(os.path.getsize(os.path.join(place, name))
               for place, _, names in os.walk(folder) for name in names)


def main():
    corpus, folder, threads = sys.argv[-3:]
    engine = make_engine(
        sys.argv[1], corpus, folder, int(threads), stores_texts="--texts" in sys.argv)
    seconds, used = timed(engine.build)
    print(json.dumps({
        "build_s": seconds,
        "cpu_s": used,
        "bytes": size(folder),
        "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    }))


main()
