"""Writes tiny random networks of BERT's relatives and records what their references compute.

    python make_families.py

needs torch, transformers and sentence-transformers (made with 5.23.0 and 6.2.0), tokenizers and
sentencepiece. Writes beside itself one folder for each, with `expected.json`: vectors as
sentence-transformers gives them (for DPR, transformers), and logits of pairs.
"""

import json
import os
import shutil

import sentencepiece
import torch
import transformers
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer import modules as st
from tokenizers import ByteLevelBPETokenizer

from make_encoders import HERE, rounded

WORDS = "who wrote it was ##ten a monk by the ##s river rises in hills and sea , . ?".split()
TEXTS = [
    "who wrote it",
    "a",
    "",
    "It was written by a monk in the hills, by the river.",
    "Café naïve — 42 % of 3.14: ½ 東京",
    "</s> who <pad> wrote [PAD] it",
    "the river rises in the hills and reaches the sea " * 8,
]
PAIRS = [
    ("who wrote it", "it was written by a monk"),
    ("who", ""),
    ("who wrote it it it was was", "by by a a monk monk wrote wrote " * 12),
    ("a monk " * 40, "by a monk " * 40),
]
SHAPE = dict(
    hidden_size=20, num_hidden_layers=2, num_attention_heads=4, intermediate_size=28,
    initializer_range=0.3, num_labels=1,
)


def folder(name):
    path = os.path.join(HERE, name)
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path)
    return path


def write(path, value):
    with open(os.path.join(path, "expected.json"), "w", encoding="utf-8") as file:
        json.dump(rounded(value), file, ensure_ascii=False, separators=(",", ":"))
        file.write("\n")


def network(kind, config, seed):
    torch.manual_seed(seed)
    model = kind(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.dim() == 1:
                parameter += 0.3 * torch.randn_like(parameter)
    return model


def wordpiece(path, frame):
    with open(os.path.join(path, "vocab.txt"), "w", encoding="utf-8") as file:
        file.write("\n".join(frame + WORDS) + "\n")


def encoder(name, classifier, tokenizer, modules, prompts=None, keep=()):
    """Saves a classifier's network as sentence-transformers does, and adds what it computes."""
    path = folder(name)
    classifier.save_pretrained(path)
    tokenizer.save_pretrained(path)
    for file in keep:
        shutil.copy(file, os.path.join(path, os.path.basename(file)))
    if modules:
        first = st.Transformer(path, max_seq_length=48)
        SentenceTransformer(modules=[first] + modules, prompts=prompts).save(path + ".st")
        # The classifier's weights hold the encoder's under another prefix.
        os.remove(path + ".st/model.safetensors")
        shutil.copytree(path + ".st", path, dirs_exist_ok=True)
        shutil.rmtree(path + ".st")
    model = SentenceTransformer(path)
    classifier.double()
    model.double()
    texts = []
    for text in TEXTS:
        ids = model.tokenize([text])["input_ids"][0].tolist()
        texts.append({"text": text, "ids": ids, "vector": model.encode(text).tolist()})
    pairs = []
    for question, passage in PAIRS:
        inputs = tokenizer([question], [passage], truncation="longest_first",
                           max_length=62, return_tensors="pt")
        with torch.no_grad():
            logits = classifier(**inputs).logits[0].tolist()
        pairs.append({"question": question, "passage": passage, "logits": logits})
    for file in ["README.md"]:
        if os.path.exists(os.path.join(path, file)):
            os.remove(os.path.join(path, file))
    write(path, {"texts": texts, "pairs": pairs})


def roberta():
    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train_from_iterator(
        TEXTS, vocab_size=290, special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    path = folder("tiny-roberta")
    tokenizer.save_model(path)
    fast = transformers.RobertaTokenizerFast.from_pretrained(path, model_max_length=62)
    config = transformers.RobertaConfig(
        vocab_size=len(fast), max_position_embeddings=64, type_vocab_size=1, layer_norm_eps=1e-5,
        pad_token_id=1, **SHAPE)
    model = network(transformers.RobertaForSequenceClassification, config, 21)
    encoder("tiny-roberta", model, fast, [st.Pooling(20, pooling_mode=("cls", "max"))])


def xlm_roberta():
    path = folder("tiny-xlm-roberta")
    file = os.path.join(path, "sentencepiece.bpe.model")
    with open(file, "wb") as model:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(TEXTS * 5), model_writer=model, vocab_size=60,
            model_type="unigram", hard_vocab_limit=False,
            normalization_rule_name="identity", minloglevel=2)
    kept = os.path.join(HERE, "sentencepiece.bpe.model")
    shutil.copy(file, kept)
    fast = transformers.XLMRobertaTokenizer.from_pretrained(path, model_max_length=62)
    config = transformers.XLMRobertaConfig(
        vocab_size=len(fast), max_position_embeddings=64, type_vocab_size=1, layer_norm_eps=1e-5,
        pad_token_id=1, **SHAPE)
    model = network(transformers.XLMRobertaForSequenceClassification, config, 22)
    encoder("tiny-xlm-roberta", model, fast, [st.Pooling(20), st.Normalize()],
            {"query": "query: ", "document": "passage: "}, [kept])
    os.remove(kept)


def distilbert():
    path = folder("tiny-distilbert")
    wordpiece(path, "[PAD] [UNK] [CLS] [SEP] [MASK]".split())
    fast = transformers.BertTokenizerFast.from_pretrained(path, model_max_length=62)
    config = transformers.DistilBertConfig(
        vocab_size=len(fast), dim=20, n_layers=2, n_heads=4, hidden_dim=28,
        max_position_embeddings=62, initializer_range=0.3, num_labels=1)
    model = network(transformers.DistilBertForSequenceClassification, config, 23)
    torch.manual_seed(5)
    encoder("tiny-distilbert", model, fast, [
        st.Pooling(20, pooling_mode="mean_sqrt_len_tokens"),
        st.Dense(20, 12), st.Normalize(),
        st.Dense(12, 6, bias=False, activation_function=torch.nn.Identity())])


def mpnet():
    path = folder("tiny-mpnet")
    wordpiece(path, "<s> <pad> </s> [UNK] <mask>".split())
    fast = transformers.MPNetTokenizerFast.from_pretrained(path, model_max_length=62)
    config = transformers.MPNetConfig(
        vocab_size=len(fast), max_position_embeddings=64, layer_norm_eps=1e-5, pad_token_id=1,
        **SHAPE)
    model = network(transformers.MPNetForSequenceClassification, config, 24)
    with torch.no_grad():
        model.mpnet.encoder.relative_attention_bias.weight.normal_()
    encoder("tiny-mpnet", model, fast,
            [st.Pooling(20, pooling_mode=("weightedmean", "lasttoken"))])


def dpr(name, kind, seed):
    path = folder(name)
    wordpiece(path, "[PAD] [UNK] [CLS] [SEP] [MASK]".split())
    shape = {key: value for key, value in SHAPE.items() if key != "num_labels"}
    fast = transformers.BertTokenizerFast.from_pretrained(path, model_max_length=62)
    config = transformers.DPRConfig(vocab_size=len(fast), max_position_embeddings=62, **shape)
    model = network(kind, config, seed)
    model.save_pretrained(path)
    model.double()
    texts = []
    for title, text in [("", TEXTS[0]), ("A monk", TEXTS[3]), ("", TEXTS[6]), ("the sea", "")]:
        # DPR's own code gives all tokens segment 0.
        ids = fast(title, text).input_ids if title else fast(text, truncation=True).input_ids
        with torch.no_grad():
            vector = model(torch.tensor([ids])).pooler_output[0].tolist()
        texts.append({"title": title, "text": text, "ids": ids, "vector": vector})
    write(path, {"texts": texts, "pairs": []})


if __name__ == "__main__":
    roberta()
    xlm_roberta()
    distilbert()
    mpnet()
    dpr("tiny-dpr-question", transformers.DPRQuestionEncoder, 25)
    dpr("tiny-dpr-passage", transformers.DPRContextEncoder, 26)
