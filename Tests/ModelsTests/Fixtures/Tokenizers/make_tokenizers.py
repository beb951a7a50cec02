"""Writes small tokenizers and, for each, texts with what HuggingFace `tokenizers` makes of them.

    python make_tokenizers.py

Each is trained on the texts below with the normalizer, pre-tokenizer, post-processor and decoder of
the real one that it is named for. Needs `tokenizers` (made with 0.23.3) and `sentencepiece` (with
its protobuf classes).
"""

import io
import json
import os
import random

import sentencepiece
from sentencepiece import sentencepiece_model_pb2
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers
from tokenizers import pre_tokenizers, processors, trainers

HERE = os.path.dirname(os.path.abspath(__file__))
MARK = "\u2581"

TEXTS = """
Who wrote "The Origin of Species", and when was it published?
The café's façade (built 1887–89) isn't naïve; it's über-élégant! WE'LL see, they've DON'T.
It cost $1,299.99 + 7.5% tax = roughly £1,100/€1,250... or ¥180,000?  Two  spaces   and more.
e-mail: someone@example.org, see https://example.org/a_b?c=d#e ~100 km^2 <tag> {x|y} [z] `code`
the DNA of E. coli K-12 substr. MG1655 has 4,641,652 base pairs; the the the of of of in in and
İstanbul'da IŞIK, ΣΊΣΥΦΟΣ, Straße, ﬁnance, Ångström, Việt Nam, Łódź, Dvořák, ½ ① ㌔ Ⅷ ²³
東京タワーは333mです。 北京 2008 年 and 가나다 한국어 with кириллица
हिन्दी தமிழ் ไทย עברית العربية ქართული ՀԱՅԵՐԵՆ ᏣᎳᎩ שלום مرحبا
def f(x):\n\treturn x  # comment\r\n\n\n    indented __init__ foo.bar()
👩‍👩‍👧 🏳️‍🌈 👍🏽 🇩🇪🇫🇷 ❤️ 🙂 e\u0301 q\u0323\u0307 a\u0301\u0323b \ufb01\u0301 \u1100\u1161\u11a8
""".strip("\n").split("\n")

ODD = ["", " ", "  ", "\n", "\x00", "\x7f", "\u0301", "\ufffd", "\u200b", "\u2028", "\r\n"]
ODD += ["</s>", " </s> x", "<s>a<pad>b", "a <mask> b", "Tower Towers tower.", "\\ud83d\\ude00", "<0x0A>"]
ODD += ["x" * 70, "ab" * 40, MARK, f"a{MARK}b", "Ġ", "'\u017f", "\u3265\u314f", "\U0001cb00\U000187fe"]

RANGES = [(0, 0x7F), (0x80, 0x24F), (0x250, 0x5FF), (0x600, 0x1FFF), (0x2000, 0x2FFF)]
RANGES += [(0x3000, 0xABFF), (0xAC00, 0xD7A3), (0xE000, 0xFFFF), (0x10000, 0x1FFFF), (0x20000, 0x10FFFF)]


def lines():
    rng = random.Random(3)
    words = " ".join(TEXTS).split(" ") + ODD
    mixed = []
    for _ in range(30):
        parts = rng.choices(words, k=rng.randint(1, 5))
        low, high = rng.choice(RANGES)
        scalars = (rng.randint(low, high) for _ in range(rng.randint(1, 5)))
        parts.append("".join(chr(c) for c in scalars if not 0xD800 <= c < 0xE000))
        rng.shuffle(parts)
        mixed.append(rng.choice(["", " "]).join(parts))
    return TEXTS + ODD + mixed


def special(content, **flags):
    return AddedToken(content, special=True, normalized=False, **flags)


def template(tokenizer, single):
    names = {part for part in single.split() if part != "$A"}
    return processors.TemplateProcessing(
        single=single, pair=single + " $B",
        special_tokens=[(name, tokenizer.token_to_id(name)) for name in names])


def write(name, tokenizer, save=True):
    os.makedirs(f"{HERE}/{name}", exist_ok=True)
    if save:
        with open(f"{HERE}/{name}/tokenizer.json", "w") as file:
            file.write(tokenizer.to_str(pretty=False))
    with open(f"{HERE}/{name}/expected.jsonl", "w") as file:
        for text in lines():
            found = tokenizer.encode(text)
            record = {
                "text": text, "ids": found.ids,
                "offsets": [edge for offset in found.offsets for edge in offset],
                "decoded": tokenizer.decode(found.ids),
                "whole": tokenizer.decode(found.ids, skip_special_tokens=False),
            }
            file.write(json.dumps(record, separators=(",", ":")) + "\n")


def byte_level(tokenizer, size=420):
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False)
    tokenizer.train_from_iterator(TEXTS, trainer)
    return tokenizer


def split_and_bytes(pattern):
    return pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(pattern), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


CONTRACTIONS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"
REST = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def llama3():
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    tokenizer.pre_tokenizer = split_and_bytes(CONTRACTIONS + r"\p{N}{1,3}" + REST)
    byte_level(tokenizer).add_special_tokens([special("<s>"), special("</s>")])
    tokenizer.post_processor = processors.Sequence(
        [processors.ByteLevel(trim_offsets=False), template(tokenizer, "<s> $A")])
    write("llama3", tokenizer)


def qwen2():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = split_and_bytes(CONTRACTIONS + r"\p{N}" + REST)
    byte_level(tokenizer).add_special_tokens([special("</s>")])
    write("qwen2", tokenizer)


def added():
    """RoBERTa's frame around BART-like text with every flag of added tokens in use."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    byte_level(tokenizer).add_special_tokens(
        [special("<s>"), special("</s>"), special("<mask>", lstrip=True)])
    tokenizer.add_tokens([
        AddedToken("Tower", normalized=True, single_word=True),
        AddedToken("SPECIES", normalized=True, rstrip=True)])
    ids = [(token, tokenizer.token_to_id(token)) for token in ("</s>", "<s>")]
    tokenizer.post_processor = processors.RobertaProcessing(*ids, add_prefix_space=True)
    write("added", tokenizer)


def opt():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    byte_level(tokenizer)
    model = json.loads(tokenizer.to_str())["model"]
    vocabulary = {**model["vocab"], "</s>": len(model["vocab"])}
    os.makedirs(f"{HERE}/opt", exist_ok=True)
    with open(f"{HERE}/opt/vocab.json", "w") as file:
        json.dump(vocabulary, file, separators=(",", ":"))
    with open(f"{HERE}/opt/merges.txt", "w") as file:
        file.write("#version: 0.2\n" + "".join(" ".join(m) + "\n" for m in model["merges"]))
    with open(f"{HERE}/opt/config.json", "w") as file:
        json.dump({"model_type": "opt"}, file)
    tokenizer.add_special_tokens([special("</s>")])
    tokenizer.post_processor = template(tokenizer, "</s> $A")
    write("opt", tokenizer, save=False)


def wordpiece():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFD(), normalizers.Lowercase(), normalizers.StripAccents()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Whitespace(), pre_tokenizers.Digits(individual_digits=True)])
    tokenizer.decoder = decoders.WordPiece()
    names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    tokenizer.train_from_iterator(TEXTS, trainers.WordPieceTrainer(
        vocab_size=400, show_progress=False, special_tokens=names))
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    write("wordpiece", tokenizer)


def sentencepiece_model(name, file_name, model_type, **options):
    """Trains a SentencePiece model and gives its protobuf message."""
    data = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXTS * 3), model_writer=data, model_type=model_type,
        vocab_size=500, num_threads=1, minloglevel=2, hard_vocab_limit=False, **options)
    message = sentencepiece_model_pb2.ModelProto()
    message.ParseFromString(data.getvalue())
    os.makedirs(f"{HERE}/{name}", exist_ok=True)
    with open(f"{HERE}/{name}/{file_name}", "wb") as file:
        file.write(message.SerializeToString())
    return message


def t5():
    """With a map of a few characters in the place of NFKC's thousands."""
    with open(f"{HERE}/rules.tsv", "w") as file:
        file.write("FB01\t66 69\n65 301\tE9\n9\t20\nA\t20\nD\t20\n3000\t20\n7F\t\n32E\t\nBD\t31 2044 32\n")
    message = sentencepiece_model(
        "t5", "spiece.model", "unigram", normalization_rule_tsv=os.path.relpath(f"{HERE}/rules.tsv"),
        pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
    os.remove(f"{HERE}/rules.tsv")
    extra = [f"<extra_id_{i}>" for i in reversed(range(100))]
    pieces = [(piece.piece, piece.score) for piece in message.pieces] + [(e, 0.0) for e in extra]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=2))
    tokenizer.add_special_tokens([special(t) for t in ["<pad>", "</s>", "<unk>"] + extra])
    tokenizer.normalizer = normalizers.Sequence([
        normalizers.Precompiled(message.normalizer_spec.precompiled_charsmap),
        normalizers.Strip(left=False, right=True), normalizers.Replace(Regex(" {2,}"), MARK)])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = template(tokenizer, "$A </s>")
    write("t5", tokenizer, save=False)


def llama2():
    message = sentencepiece_model(
        "llama2", "tokenizer.model", "bpe", byte_fallback=True,
        normalization_rule_name="identity", remove_extra_whitespaces=False, character_coverage=0.98)
    scores = {piece.piece: piece.score for piece in message.pieces}
    ways = []
    for piece, score in scores.items():
        halves = [(piece[:i], piece[i:]) for i in range(1, len(piece))]
        ways += [(score, left, right) for left, right in halves if left in scores and right in scores]
    ways.sort(key=lambda way: -way[0])
    ids = {piece: id for id, piece in enumerate(scores)}
    tokenizer = Tokenizer(models.BPE(
        ids, [way[1:] for way in ways], unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.add_special_tokens([special("<unk>"), special("<s>"), special("</s>")])
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Prepend(MARK), normalizers.Replace(" ", MARK)])
    tokenizer.decoder = decoders.Sequence([
        decoders.Replace(MARK, " "), decoders.ByteFallback(), decoders.Fuse(),
        decoders.Strip(" ", 1, 0)])
    tokenizer.post_processor = template(tokenizer, "<s> $A")
    write("llama2", tokenizer, save=False)


if __name__ == "__main__":
    for make in (llama3, qwen2, added, opt, wordpiece, t5, llama2):
        make()
