#!/usr/bin/env python3
"""Flat inner-product search with faiss, one search for each line of standard input.

  search_faiss.py VECTORS QUERIES DIMENSION TOP THREADS

VECTORS are float32 behind a header of 64 bytes, QUERIES without one. A line holds the number of
queries to search at once; the answer is the search's seconds and its seconds of processor time.
Needs numpy and faiss-cpu.
"""
import sys
import time

import faiss
import numpy as np

HEADER = 64


def main():
    vectors, queries = sys.argv[1:3]
    dimension, top, threads = map(int, sys.argv[3:])
    faiss.omp_set_num_threads(threads)
    # Several queries then go through sgemm; by default only hundreds of them do.
    faiss.cvar.distance_compute_blas_threshold = 20
    x = np.fromfile(vectors, np.float32, offset=HEADER).reshape(-1, dimension)
    q = np.fromfile(queries, np.float32).reshape(-1, dimension)
    index = faiss.IndexFlatIP(dimension)
    index.add(x)
    del x
    print("ready", flush=True)
    first = 0
    for line in sys.stdin:
        count = int(line)
        batch = np.ascontiguousarray(np.take(q, range(first, first + count), 0, mode="wrap"))
        first = (first + count) % len(q)
        start, used = time.perf_counter(), time.process_time()
        index.search(batch, top)
        print(time.perf_counter() - start, time.process_time() - used, flush=True)


main()
