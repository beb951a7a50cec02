#!/usr/bin/env python3
"""BM25 search with another engine, for `Benchmarks bm25`.

  search_bm25.py ENGINE CORPUS QUESTIONS TOP THREADS

ENGINE is bm25s, tantivy or fts5. All drop Lucene's stop words and take Porter's stems; bm25s has
k1 0.9 and b 0.4 as Firn, the others 1.2 and 0.75, which cannot be set. The index is built beside
the corpus unless it is there. Needs bm25s, numba and PyStemmer, or tantivy.
"""
import json
import os
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor

ENGINE, CORPUS, QUESTIONS = sys.argv[1:4]
TOP, THREADS = map(int, sys.argv[4:6])
FOLDER = os.path.splitext(CORPUS)[0] + "." + ENGINE
for name in ("OMP", "NUMBA", "RAYON"):
    os.environ[name + "_NUM_THREADS"] = str(THREADS)
STOP = ("a an and are as at be but by for if in into is it no not of on or such that the their then "
        "there these they this to was will with").split()
WORD = re.compile(r"\w+")


def texts():
    with open(CORPUS, encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)["text"]


class BM25s:
    def __init__(self):
        import bm25s
        import Stemmer

        self.library = bm25s
        self.tokens = bm25s.tokenization.Tokenizer(
            splitter=r"\w+", stopwords=STOP, stemmer=Stemmer.Stemmer("porter").stemWord)

    def build(self):
        model = self.library.BM25(k1=0.9, b=0.4, method="lucene", backend="numba")
        ids = self.tokens.tokenize(texts(), return_as="tuple", show_progress=False, length=1)
        model.index(ids, show_progress=False)
        model.save(FOLDER, show_progress=False)
        self.tokens.save_vocab(FOLDER)

    def open(self):
        self.model = self.library.BM25.load(FOLDER, override_params={"backend": "numba"})
        self.model.backend = "numba"
        self.tokens.load_vocab(FOLDER)

    def retrieve(self, questions, threads):
        ids = self.tokens.tokenize(
            questions, update_vocab="never", return_as="ids", show_progress=False)
        return self.model.retrieve(ids, k=TOP, show_progress=False, n_threads=threads)

    def search(self, question):
        found = self.retrieve([question], 0)
        return found.documents[0][found.scores[0] > 0].tolist()

    def batch(self, questions):
        self.retrieve(questions, THREADS)


class Pooled:
    def batch(self, questions):
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(self.search, questions))


class Tantivy(Pooled):
    def __init__(self):
        import tantivy

        self.library = tantivy
        analysis = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        for step in (tantivy.Filter.lowercase(), tantivy.Filter.custom_stopword(STOP),
                     tantivy.Filter.stemmer("english")):
            analysis = analysis.filter(step)
        self.analysis = analysis.build()
        schema = tantivy.SchemaBuilder()
        schema.add_text_field("text", stored=False, tokenizer_name="words", index_option="freq")
        schema.add_integer_field("row", stored=False, fast=True)
        self.schema = schema.build()

    def index(self):
        index = self.library.Index(self.schema, path=FOLDER)
        index.register_tokenizer("words", self.analysis)
        return index

    def build(self):
        writer = self.index().writer(heap_size=1_000_000_000, num_threads=THREADS)
        for row, text in enumerate(texts()):
            writer.add_document(self.library.Document(row=row, text=text))
        writer.commit()
        writer.wait_merging_threads()

    def open(self):
        self.searcher = self.index().searcher()

    def search(self, question):
        query, some = self.library.Query, self.library.Occur.Should
        terms = [(some, query.term_query(self.schema, "text", word, index_option="freq"))
                 for word in self.analysis.analyze(question)]
        hits = self.searcher.search(query.boolean_query(terms), limit=TOP, count=False).hits
        return self.searcher.fast_field_values("row", [hit[1] for hit in hits])


class FTS5(Pooled):
    def __init__(self):
        import sqlite3
        import threading

        self.library, self.local = sqlite3, threading.local()

    def connection(self):
        if not hasattr(self.local, "connection"):
            self.local.connection = self.library.connect(os.path.join(FOLDER, "fts.sqlite"))
            self.local.connection.execute("PRAGMA mmap_size = 8000000000")
            self.local.connection.execute("PRAGMA cache_size = -200000")
        return self.local.connection

    def build(self):
        connection = self.connection()
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute(
            "CREATE VIRTUAL TABLE p USING fts5(text, content='', tokenize='porter unicode61')")
        connection.executemany("INSERT INTO p (rowid, text) VALUES (?, ?)", enumerate(texts()))
        connection.execute("INSERT INTO p (p) VALUES ('optimize')")
        connection.commit()

    def open(self):
        self.local.__dict__.clear()
        self.connection()

    def search(self, question):
        words = ['"%s"' % word for word in WORD.findall(question.lower()) if word not in STOP]
        sql = "SELECT rowid FROM p WHERE p MATCH ? ORDER BY rank LIMIT ?"
        found = self.connection().execute(sql, (" OR ".join(words) or '""', TOP))
        return [row for row, in found]


def timed(work):
    start, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - used


def main():
    engine = {"bm25s": BM25s, "tantivy": Tantivy, "fts5": FTS5}[ENGINE]()
    with open(QUESTIONS, encoding="utf-8") as lines:
        questions = [json.loads(line)["question"] for line in lines]
    if not os.path.exists(FOLDER):
        os.makedirs(FOLDER)
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
