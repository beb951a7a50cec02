#!/usr/bin/env python3
"""Flat inner-product search with another library, one search for each line of standard input.

  search_flat.py LIBRARY VECTORS QUERIES DIMENSION TOP THREADS

LIBRARY is faiss or numpy. VECTORS are float32 behind a header of 64 bytes, QUERIES without one. A line
holds the number of queries to search at once; the answer is the search's seconds and its seconds of
processor time. Needs numpy, and faiss-cpu.
"""
import os
import sys
import time

LIBRARY, VECTORS, QUERIES = sys.argv[1:4]
DIMENSION, TOP, THREADS = map(int, sys.argv[4:])
for name in ("OMP", "OPENBLAS", "MKL"):
    os.environ[name + "_NUM_THREADS"] = str(THREADS)
import numpy as np

HEADER = 64


def with_faiss(vectors):
    import faiss

    faiss.omp_set_num_threads(THREADS)
    # Several queries then go through sgemm; by default only hundreds of them do.
    faiss.cvar.distance_compute_blas_threshold = 20
    index = faiss.IndexFlatIP(DIMENSION)
    index.add(vectors)
    return lambda queries: index.search(queries, TOP)


def with_numpy(vectors):
    def search(queries):
        scores = queries @ vectors.T
        best = np.argpartition(scores, -TOP, axis=1)[:, -TOP:]
        order = np.argsort(-np.take_along_axis(scores, best, 1), axis=1)
        return np.take_along_axis(best, order, 1)

    return search


def main():
    vectors = np.fromfile(VECTORS, np.float32, offset=HEADER).reshape(-1, DIMENSION)
    questions = np.fromfile(QUERIES, np.float32).reshape(-1, DIMENSION)
    search = {"faiss": with_faiss, "numpy": with_numpy}[LIBRARY](vectors)
    del vectors
    print("ready", flush=True)
    first = 0
    for line in sys.stdin:
        count = int(line)
        places = range(first, first + count)
        batch = np.ascontiguousarray(np.take(questions, places, 0, mode="wrap"))
        first = (first + count) % len(questions)
        start, used = time.perf_counter(), time.process_time()
        search(batch)
        print(time.perf_counter() - start, time.process_time() - used, flush=True)


main()
