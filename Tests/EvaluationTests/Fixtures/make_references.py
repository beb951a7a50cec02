"""Records what independent implementations give on random and adversarial rankings and scores.

    python make_references.py [--output FILE]

Needs pytrec_eval (`pytrec-eval-terrier` has wheels), numpy, scipy and statsmodels. SQuAD 2.0's search for the
best threshold is spelled out from its published rule, resampling from the paper's definition.
"""

import argparse
import json
import pathlib
import random

import numpy
import pytrec_eval
import scipy.stats
from statsmodels.stats.multitest import multipletests

DEPTHS = [1, 3, 5, 10, 20]
# Ids whose order by bytes is not that of a dictionary, and scores that are equal in single precision.
IDS = ["a", "B", "a1", "a10", "a2", "Z", "é", "z", "東", "_", "-1", "1", "10", "9", "~", "\U0001f600", "\uff21"]
SCORES = [1.0, 1.00000001, 1.00000002, 16777216.0, 16777217.0, -0.0, 0.0, 1e-46, -3.5, 2.5, 1e39]


def rankings(rng):
    cases = []
    for number in range(60):
        ids = IDS + [f"d{i}" for i in range(rng.choice([0, 5, 30]))]
        ranked = rng.sample(ids, rng.randrange(1, len(ids) + 1))
        pick = (lambda: rng.choice(SCORES)) if number % 2 else (lambda: rng.uniform(-2, 2))
        run = [[doc, pick()] for doc in ranked]
        judged = rng.sample(ids, rng.randrange(1, len(ids) + 1))
        qrels = {doc: rng.choice([-1, 0, 0, 1, 1, 2, 3]) for doc in judged}
        if number % 17 == 0:
            qrels = dict.fromkeys(judged, 0)
        found = pytrec_eval.RelevanceEvaluator({"q": qrels}, {
            "map", "recip_rank", "Rprec", *(f"{m}.{k}" for m in ("ndcg_cut", "P", "recall") for k in DEPTHS)
        }).evaluate({"q": dict(run)})["q"]
        cases.append({"run": [{"id": d, "score": s} for d, s in run], "qrels": qrels, "expected": found})
    return cases


def paired(rng):
    cases = []
    for number in range(40):
        count = rng.choice([2, 3, 5, 9, 12])
        pick = (lambda: float(rng.random() < 0.5)) if number % 2 else (lambda: round(rng.random(), 2))
        a, b = [pick() for _ in range(count)], [pick() for _ in range(count)]
        d = numpy.array(a) - numpy.array(b)
        wins, losses = int((d > 0).sum()), int((d < 0).sum())
        test = scipy.stats.permutation_test(
            (a, b), lambda x, y: numpy.mean(numpy.asarray(x) - numpy.asarray(y)),
            permutation_type="samples", n_resamples=10**6)
        spread = d.std(ddof=1)
        cases.append({
            "a": a, "b": b, "randomization": float(test.pvalue),
            "mcnemar": float(scipy.stats.binomtest(wins, wins + losses).pvalue) if wins + losses else 1.0,
            "cohensD": float(d.mean() / spread) if spread > 1e-12 else None,
            **dict(zip(("value", "low", "high", "bootstrap"), bootstrap(d.tolist(), 300, number))),
        })
    return cases


def bootstrap(values, resamples, seed):
    mask, state, means = 2**64 - 1, seed, []
    for _ in range(resamples):
        total = 0.0
        for _ in values:
            state = (state + 0x9E3779B97F4A7C15) & mask
            z = state
            z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
            z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
            total += values[((z ^ (z >> 31)) * len(values)) >> 64]
        means.append(total / len(values))
    value = sum(values) / len(values)
    low, high = numpy.quantile(means, [0.025, 0.975])
    extreme = sum(abs(m - value) >= abs(value) - 1e-9 for m in means)
    return value, min(value, float(low)), max(value, float(high)), (1 + extreme) / (1 + resamples)


def thresholds(rng):
    cases = []
    for _ in range(40):
        answers = []
        for _ in range(rng.randrange(1, 30)):
            answerable = rng.random() < 0.6
            text = "" if rng.random() < 0.3 else "x"
            score = round(rng.random(), 2) if text and answerable else float(not answerable and not text)
            answers.append({"answerable": answerable, "prediction": text, "score": score,
                            "confidence": rng.randrange(9) / 8})
        current = best = sum(not a["answerable"] for a in answers)
        threshold = 0.0
        for answer in sorted(answers, key=lambda a: 1 - a["confidence"]):
            current += answer["score"] if answer["answerable"] else -bool(answer["prediction"])
            if current > best:
                best, threshold = current, 1 - answer["confidence"]
        cases.append({"answers": answers, "value": best / len(answers), "confidence": 1 - threshold})
    return cases


def main():
    parser = argparse.ArgumentParser()
    here = pathlib.Path(__file__).parent
    parser.add_argument("--output", type=pathlib.Path, default=here / "references.json")
    rng = random.Random(11)
    families = [[round(rng.random() ** 3, 4) for _ in range(rng.randrange(1, 7))] for _ in range(20)]
    lists = {
        "rankings": rankings(rng), "paired": paired(rng), "thresholds": thresholds(rng),
        "holm": [{"p": p, "adjusted": multipletests(p, method="holm")[1].tolist()} for p in families],
    }
    text = ",\n".join(
        f'"{name}": [\n' + ",\n".join(json.dumps(c, ensure_ascii=False) for c in cases) + "\n]"
        for name, cases in lists.items())
    parser.parse_args().output.write_text("{\n" + text + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
