"""BM25 engines that peers of `Benchmarks bm25` and `Benchmarks build` run.

All drop Lucene's stop words and take Porter's stems; bm25s has k1 0.9 and b 0.4 as Firn, tantivy and
fts5 have 1.2 and 0.75, which cannot be set. Texts are stored where they are asked to be. Needs bm25s,
numba and PyStemmer, or tantivy.
"""
import json
import os
import re
import time
from concurrent.futures import ThreadPoolExecutor

STOP = ("a an and are as at be but by for if in into is it no not of on or such that the their then "
        "there these they this to was will with").split()
WORD = re.compile(r"\w+")


class Engine:
    """An index of a corpus in a folder, and searches in it."""

    def __init__(self, corpus, folder, threads, top=100, stores_texts=False):
        self.corpus, self.folder, self.threads, self.top = corpus, folder, threads, top
        self.stores_texts = stores_texts
        self.load()

    def texts(self):
        with open(self.corpus, encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)["text"]

    def batch(self, questions):
        with ThreadPoolExecutor(self.threads) as pool:
            list(pool.map(self.search, questions))


class BM25s(Engine):
    def load(self):
        import bm25s
        import Stemmer

        self.library = bm25s
        self.tokens = bm25s.tokenization.Tokenizer(
            splitter=r"\w+", stopwords=STOP, stemmer=Stemmer.Stemmer("porter").stemWord)

    def build(self):
        model = self.library.BM25(k1=0.9, b=0.4, method="lucene", backend="numba")
        ids = self.tokens.tokenize(self.texts(), return_as="tuple", show_progress=False, length=1)
        model.index(ids, show_progress=False)
        model.save(self.folder, show_progress=False)
        self.tokens.save_vocab(self.folder)

    def open(self):
        self.model = self.library.BM25.load(self.folder, override_params={"backend": "numba"})
        self.model.backend = "numba"
        self.tokens.load_vocab(self.folder)

    def retrieve(self, questions, threads):
        ids = self.tokens.tokenize(
            questions, update_vocab="never", return_as="ids", show_progress=False)
        return self.model.retrieve(ids, k=self.top, show_progress=False, n_threads=threads)

    def search(self, question):
        found = self.retrieve([question], 0)
        return found.documents[0][found.scores[0] > 0].tolist()

    def batch(self, questions):
        self.retrieve(questions, self.threads)


class Tantivy(Engine):
    def load(self):
        import tantivy

        self.library = tantivy
        analysis = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        for step in (tantivy.Filter.lowercase(), tantivy.Filter.custom_stopword(STOP),
                     tantivy.Filter.stemmer("english")):
            analysis = analysis.filter(step)
        self.analysis = analysis.build()
        schema = tantivy.SchemaBuilder()
        schema.add_text_field(
            "text", stored=self.stores_texts, tokenizer_name="words", index_option="freq")
        schema.add_integer_field("row", stored=False, fast=True)
        self.schema = schema.build()

    def index(self):
        index = self.library.Index(self.schema, path=self.folder)
        index.register_tokenizer("words", self.analysis)
        return index

    def build(self):
        writer = self.index().writer(heap_size=1_000_000_000, num_threads=self.threads)
        for row, text in enumerate(self.texts()):
            writer.add_document(self.library.Document(row=row, text=text))
        writer.commit()
        writer.wait_merging_threads()

    def open(self):
        self.searcher = self.index().searcher()

    def search(self, question):
        query, some = self.library.Query, self.library.Occur.Should
        terms = [(some, query.term_query(self.schema, "text", word, index_option="freq"))
                 for word in self.analysis.analyze(question)]
        hits = self.searcher.search(query.boolean_query(terms), limit=self.top, count=False).hits
        return self.searcher.fast_field_values("row", [hit[1] for hit in hits])


class FTS5(Engine):
    def load(self):
        import sqlite3
        import threading

        self.library, self.local = sqlite3, threading.local()

    def connection(self):
        if not hasattr(self.local, "connection"):
            self.local.connection = self.library.connect(os.path.join(self.folder, "fts.sqlite"))
            self.local.connection.execute("PRAGMA mmap_size = 8000000000")
            self.local.connection.execute("PRAGMA cache_size = -200000")
        return self.local.connection

    def build(self):
        connection = self.connection()
        connection.execute("PRAGMA journal_mode = OFF")
        kept = "" if self.stores_texts else "content='', "
        connection.execute(
            f"CREATE VIRTUAL TABLE p USING fts5(text, {kept}tokenize='porter unicode61')")
        connection.executemany("INSERT INTO p (rowid, text) VALUES (?, ?)", enumerate(self.texts()))
        connection.execute("INSERT INTO p (p) VALUES ('optimize')")
        connection.commit()

    def open(self):
        self.local.__dict__.clear()
        self.connection()

    def search(self, question):
        words = ['"%s"' % word for word in WORD.findall(question.lower()) if word not in STOP]
        sql = "SELECT rowid FROM p WHERE p MATCH ? ORDER BY rank LIMIT ?"
        found = self.connection().execute(sql, (" OR ".join(words) or '""', self.top))
        return [row for row, in found]


ENGINES = {"bm25s": BM25s, "tantivy": Tantivy, "fts5": FTS5}


def make_engine(name, corpus, folder, threads, **options):
    for library in ("OMP", "NUMBA", "RAYON"):
        os.environ[library + "_NUM_THREADS"] = str(threads)
    return ENGINES[name](corpus, folder, threads, **options)


def timed(work):
    start, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - start, time.process_time() - used
