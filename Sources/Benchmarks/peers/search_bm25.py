#!/usr/bin/env python3
"""BM25 search with another engine, for `Benchmarks bm25`.

  search_bm25.py ENGINE CORPUS QUESTIONS TOP THREADS

ENGINE is bm25s, tantivy or fts5 (`bm25_engines.py`). The index is built beside the corpus unless it is
there.
"""
import json
import os
import sys
import time

from bm25_engines import make_engine, timed


def main():
    name, corpus, questions = sys.argv[1:4]
    top, threads = map(int, sys.argv[4:6])
    folder = os.path.splitext(corpus)[0] + "." + name
    engine = make_engine(name, corpus, folder, threads, top=top)
    with open(questions, encoding="utf-8") as lines:
        questions = [json.loads(line)["question"] for line in lines]
    if not os.path.exists(folder):
        os.makedirs(folder)
        seconds = timed(engine.build)
        print("built in %.1f s, %.1f s of processor time" % seconds, file=sys.stderr)

    def first():
        engine.open()
        engine.search(questions[0])

    first()
    print("ready", flush=True)
    for line in sys.stdin:
        request = line.split()
        if request[0] == "open":
            print(timed(first)[0], flush=True)
        elif request[0] == "rank":
            with open(request[1], "w", encoding="utf-8") as out:
                for question in questions:
                    print(*engine.search(question), file=out)
            print(1, flush=True)
        elif request[0] == "batch":
            print(*timed(lambda: engine.batch(questions)), flush=True)
        else:
            used = time.process_time()
            seconds = [timed(lambda: engine.search(question))[0] for question in questions]
            used = time.process_time() - used
            late = sorted(seconds)[len(seconds) * 99 // 100]
            print(sum(seconds), used, late, flush=True)


main()
