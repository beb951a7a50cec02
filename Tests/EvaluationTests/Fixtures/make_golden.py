"""Records what the published scoring rules give on adversarial strings.

    python make_golden.py [--count N] [--text FILE] [--output FILE]

The rules are spelled out here in Python, because the published scorers rely on Python's own notions
of lower case, white space and word boundaries. Needs the package `regex`. Characters are drawn from
the Unicode version of the Python that runs (14.0 for Python 3.11). `--text` adds the lines of a file
to the strings, for a check larger than the committed fixture.
"""

import argparse
import collections
import json
import pathlib
import random
import re
import string
import unicodedata

import regex

PIECES = """a A an An the The THE theatre another a-b a. .a 'the' (an) the_who early-life U.S.
N.Y.C. rock'n'roll 1,000 $5 50% x² ½ Ⅷ ³ Éire éire naïve façade à á ä l’été “quoted” ‘a’ the— a–b
straße STRASSE ẞ İstanbul ISPARTA ıi ΟΔΥΣΣΕΥΣ Σ ΣΑΣ. ΑΣ' ΑΣ-Β Σʼ Å Å K ﬁ Ǆ ǅ 東京 한국 각 คำ हिन्दी العَرَبِيَّة שָׁלוֹם
e\u0301 a\u0300 a\u20dd the\u0301 o\u0323\u0302 🙂 👩\u200d🔬 №7 ™ € _ __ § ¿qué? ¡ … · « » 。 、 ٣ １２ ａ ｔｈｅ Ａ
the\u200b a\u180ea a\u2060b \ufeffthe \u00ada soft\u00adhyphen a\u2019s""".split()
GAPS = [" ", " ", " ", "", "  ", "\t", "\n", "\u00a0", "\u2003", "\u3000", "\u180e", "\u200b",
        "\x1c", "\x1f", "\x85", "\u2028", "\u202f", "-", "–", "\u0301", "\x00", "\x7f", ", "]
ARTICLES = re.compile(r"\b(a|an|the)\b")
TOKEN = regex.compile(r"([\p{L}\p{N}\p{M}]+)|([^\p{Z}\p{C}])", regex.IGNORECASE | regex.UNICODE)


def normalize(text, rule):
    if rule == "raw":
        return text
    if rule == "nq-open":
        text = unicodedata.normalize("NFD", text)
    text = "".join(c for c in text.lower() if c not in string.punctuation)
    return " ".join(ARTICLES.sub(" ", text).split())


def golds_of(golds, rule):
    golds = [normalize(g, rule) for g in golds]
    return [g for g in golds if g or rule != "squad"] or [""]


def score(prediction, golds, rule):
    prediction, golds = normalize(prediction, rule), golds_of(golds, rule)
    return prediction in golds, max(f1(prediction.split(), g.split()) for g in golds)


def f1(prediction, gold):
    if not prediction or not gold:
        return float(prediction == gold)
    shared = sum((collections.Counter(prediction) & collections.Counter(gold)).values())
    if shared == 0:
        return 0.0
    p, r = shared / len(prediction), shared / len(gold)
    return 2 * p * r / (p + r)


def tokens(text):
    return [m.group().lower() for m in TOKEN.finditer(unicodedata.normalize("NFD", text))]


def has_answer(text, answer):
    text, answer = tokens(text), tokens(answer)
    return bool(answer) and any(
        answer == text[i : i + len(answer)] for i in range(len(text) - len(answer) + 1))


def random_text(rng, longest):
    characters = (chr(rng.randrange(0x20, 0x30000)) for _ in iter(int, 1))
    known = (c for c in characters if unicodedata.category(c) not in ("Cn", "Cs", "Co"))
    pieces = (next(known) if rng.random() < 0.08 else rng.choice(PIECES) for _ in iter(int, 1))
    return "".join(next(pieces) + rng.choice(GAPS) for _ in range(rng.randrange(longest)))


def main():
    here = pathlib.Path(__file__).parent
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=240)
    parser.add_argument("--text", type=pathlib.Path)
    parser.add_argument("--output", type=pathlib.Path, default=here / "golden.json")
    options = parser.parse_args()
    rng = random.Random(5)
    lines = options.text.read_text().split("\n") if options.text else []
    texts = PIECES + lines + [random_text(rng, 8) for _ in range(options.count)]
    cases = []
    for text in texts:
        near = [rng.choice(texts), text.swapcase(), "the " + text[:9], random_text(rng, 3)]
        golds = [rng.choice(near) for _ in range(rng.randrange(4))]
        tail = text[rng.randrange(len(text) + 1):]
        answer = rng.choice([tail, random_text(rng, 2), rng.choice(PIECES)])
        needle = normalize(answer, "squad")
        rules = ("squad", "nq-open", "raw")
        cases.append({
            "text": text, "golds": golds, "answer": answer, "tokens": tokens(text),
            "normalized": {r: normalize(text, r) for r in rules},
            "exactMatch": {r: score(text, golds, r)[0] for r in rules},
            "f1": {r: score(text, golds, r)[1] for r in rules},
            "hasAnswer": has_answer(text, answer),
            "kilt": needle != "" and needle in normalize(text, "squad"),
        })
    options.output.write_text("[\n" + ",\n".join(map(json.dumps, cases)) + "\n]\n")


if __name__ == "__main__":
    main()
