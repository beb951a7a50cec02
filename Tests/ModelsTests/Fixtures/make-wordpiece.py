"""Writes wordpiece.jsonl: texts with the ids, offsets and words of HuggingFace `tokenizers`.

    python make-wordpiece.py path/to/tokenizer.json > wordpiece.jsonl

Needs `tokenizers` (made with 0.23.3) and MiniLM's tokenizer.json (uncased BERT vocabulary).
"""

import json
import random
import sys

from tokenizers import Tokenizer

SENTENCES = """
Who wrote "The Origin of Species", and when was it published?
The café's façade (built 1887–89) isn't naïve; it's über-élégant!
It cost $1,299.99 + 7.5% tax = roughly £1,100/€1,250... or ¥180,000?
Antidisestablishmentarianism, floccinaucinihilipilification & pneumonoultramicroscopic words
e-mail: someone@example.org, see https://example.org/a_b?c=d#e ~100 km^2 <tag> {x|y} [z] `code`
the DNA of E. coli K-12 substr. MG1655 has 4,641,652 base pairs
İstanbul'da IŞIK, ΣΊΣΥΦΟΣ, Straße, ﬁnance, Ångström, Việt Nam, Łódź, Dvořák
東京タワーは333mです。 北京 2008 年 and 가나다 한국어 with кириллица
हिन्दी தமிழ் ไทย עברית العربية ქართული ՀԱՅԵՐԵՆ ᏣᎳᎩ
[CLS] text with [SEP] written [MASK]ed out[SEP][PAD] [sep] [ SEP ] [UNK]
""".strip("\n").split("\n")

ODD = ["tabs\tand\nnew\r\nlines\u00a0no-break\u2003em\u3000wide\u200bzero\u00adsoft\ufeffmark"]
ODD += ["", " ", "\0", "\u0301", "[SEP]", "\ufffd", "##ing", "x" * 99, "x" * 100, "x" * 101]
ODD += ["é" * 100, "é" * 101, "e\u0301" * 100, "a\u0301\u0323b", "q\u0323\u0307", "\r\n", "🙂👩‍👩‍👧"]
ODD += ["\u1885 \u1734 \ua9bd \u166d", "\u0b55\U000e0001 \u0890", "\U0001171e\U000111c9", "＄＋，！"]

RANGES = [
    (0, 0x7F), (0x80, 0x24F), (0x250, 0x36F), (0x370, 0x5FF), (0x600, 0x1FFF), (0x2000, 0x2FFF),
    (0x3000, 0x33FF), (0x3400, 0x9FFF), (0xA000, 0xABFF), (0xAC00, 0xD7A3), (0xE000, 0xFFFF),
    (0x10000, 0x1FFFF), (0x20000, 0x2FFFF), (0x30000, 0x10FFFF),
]


def mixed(rng):
    """A text of words, odd pieces and random scalars."""
    words = " ".join(SENTENCES).split(" ")
    parts = []
    for _ in range(rng.randint(1, 9)):
        kind = rng.random()
        if kind < 0.4:
            parts.append(rng.choice(words))
        elif kind < 0.5:
            parts.append(rng.choice(ODD[:8] + ODD[15:]))
        else:
            low, high = rng.choice(RANGES)
            scalars = (rng.randint(low, high) for _ in range(rng.randint(1, 6)))
            parts.append("".join(chr(c) for c in scalars if not 0xD800 <= c < 0xE000))
    return rng.choice(["", " "]).join(parts)


def main():
    tokenizer = Tokenizer.from_file(sys.argv[1])
    tokenizer.no_truncation()
    tokenizer.no_padding()
    rng = random.Random(20)
    for text in SENTENCES + ODD + [mixed(rng) for _ in range(400)]:
        found = tokenizer.encode(text, add_special_tokens=False)
        record = {
            "text": text,
            "ids": found.ids,
            "offsets": [edge for offset in found.offsets for edge in offset],
            "words": found.word_ids,
            "decoded": tokenizer.decode(found.ids),
        }
        print(json.dumps(record, separators=(",", ":")))


main()
