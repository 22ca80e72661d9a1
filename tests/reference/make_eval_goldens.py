#!/usr/bin/env python3
"""Writes tests/golden/eval: what SciPy, scikit-learn and statsmodels say of small inputs made here.

  significance.json   scipy.stats.permutation_test and bootstrap of paired values, statsmodels' Holm
  scores.json         correlations (scipy.stats), clusterings, classifications and bitext retrieval (sklearn.metrics),
                      alignment and uniformity (formulas of Wang and Isola 2020 in NumPy), divergence (scipy.stats.entropy)

Usage: make_eval_goldens.py   (needs numpy, scipy==1.17.1, scikit-learn==1.9.1, statsmodels)
"""
import json
from pathlib import Path

import numpy as np
from scipy import stats
from sklearn import metrics
from statsmodels.stats.multitest import multipletests

OUT = Path(__file__).resolve().parent.parent / "golden" / "eval"


def paired(rng: np.random.Generator) -> list[dict]:
    cases = []
    for n, shift, kind in [(5, 0.3, "real"), (12, 0.1, "real"), (16, 0.4, "real"), (30, 0.05, "binary"), (200, 0.1, "real"), (400, 0.05, "binary"), (6, 0.0, "equal")]:
        a = rng.random(n)
        b = np.clip(a + shift * rng.normal(0.5 if n <= 16 else 0.1, 1.0, n), 0, 1)
        if kind == "binary":
            a = (a < 0.5).astype(float)
            b = np.where(rng.random(n) < 0.25, 1 - a, a)
        if kind == "equal":
            b = a.copy()
        differing = int((a != b).sum())
        test = stats.permutation_test((b, a), lambda x, y, axis: np.mean(x - y, axis=axis), permutation_type="samples", vectorized=True,
                                      n_resamples=np.inf if n <= 16 else 200_000, rng=rng)
        case = {"a": a.tolist(), "b": b.tolist(), "difference": float((b - a).mean()), "p": float(test.pvalue), "exact": n <= 16, "differing": differing}
        for name, values in (("interval", b - a), ("mean_interval", a)):
            if kind == "equal" and name == "interval":
                case[name] = [0.0, 0.0]
                continue
            found = stats.bootstrap((values,), np.mean, confidence_level=0.95, n_resamples=200_000, batch=1000, method="percentile", rng=rng)
            case[name] = [float(found.confidence_interval.low), float(found.confidence_interval.high)]
        cases.append(case)
    return cases


def holm() -> list[dict]:
    ps = [[0.01, 0.02, 0.03, 0.04], [0.04, 0.001, 0.6, 0.02, 0.02], [0.9, 0.8], [0.03], [0.0, 1.0, 0.25, 0.25]]
    return [{"p": p, "corrected": multipletests(p, method="holm")[1].tolist()} for p in ps]


def correlations(rng: np.random.Generator) -> list[dict]:
    cases = []
    for n, ties in [(2, False), (10, True), (50, True), (80, False)]:
        x = rng.integers(0, 5, n).astype(float) if ties else rng.normal(size=n)
        y = 0.5 * x + rng.normal(size=n)
        y = np.round(y) if ties else y
        cases.append({"x": x.tolist(), "y": y.tolist(), "pearson": float(stats.pearsonr(x, y).statistic), "spearman": float(stats.spearmanr(x, y).statistic)})
    return cases


def clusterings(rng: np.random.Generator) -> list[dict]:
    cases = []
    pairs = [([0, 0, 1, 1], [1, 1, 0, 0]), ([0, 0, 0, 0], [0, 1, 2, 3]), ([0, 1, 2, 3], [5, 5, 5, 5]), ([1, 1, 1], [2, 2, 2]), ([3], [-1]), ([0, 0, 1, 1], [0, 1, 0, 1])]
    pairs += [(rng.integers(0, k, n).tolist(), rng.integers(-1, m, n).tolist()) for n, k, m in [(30, 3, 4), (200, 10, 7), (500, 2, 40)]]
    truth = rng.integers(0, 6, 300)
    pairs.append((truth.tolist(), np.where(rng.random(300) < 0.8, truth, rng.integers(0, 6, 300)).tolist()))
    for true, found in pairs:
        homogeneity, completeness, v = metrics.homogeneity_completeness_v_measure(true, found)
        cases.append({"true": true, "found": found, "homogeneity": homogeneity, "completeness": completeness, "v_measure": v,
                      "adjusted_rand": metrics.adjusted_rand_score(true, found)})
    return cases


def classifications(rng: np.random.Generator) -> list[dict]:
    cases = []
    for classes, n in [(2, 10), (5, 60), (4, 3), (12, 200)]:
        true = rng.integers(0, classes, n)
        found = np.where(rng.random(n) < 0.6, true, rng.integers(0, classes, n))
        if classes == 5:  # a class that neither has, and one that only was found
            true[true == 4], found[found == 3] = 0, 1
            true[true == 3] = 2
        cases.append({"classes": classes, "true": true.tolist(), "found": found.tolist(), "accuracy": metrics.accuracy_score(true, found),
                      "macro_f1": metrics.f1_score(true, found, average="macro", zero_division=0),
                      "confusion": metrics.confusion_matrix(true, found, labels=range(classes)).tolist()})
    return cases


def bitexts(rng: np.random.Generator) -> list[dict]:
    cases = []
    for n, targets in [(10, 10), (100, 100), (50, 80)]:
        gold = rng.permutation(targets)[:n]
        found = np.where(rng.random(n) < 0.7, gold, rng.integers(0, targets, n))
        precision, recall, f1, _ = metrics.precision_recall_fscore_support(gold, found, average="weighted", zero_division=0)
        cases.append({"gold": gold.tolist(), "found": found.tolist(), "accuracy": metrics.accuracy_score(gold, found), "f1": f1, "precision": precision, "recall": recall})
    return cases


def geometry(rng: np.random.Generator) -> dict:
    x = rng.normal(size=(20, 6)).astype(np.float32)
    y = (x + 0.5 * rng.normal(size=x.shape)).astype(np.float32)
    u, w = (m.astype(np.float64) / np.linalg.norm(m.astype(np.float64), axis=1, keepdims=True) for m in (x, y))
    pairs = [(i, j) for i in range(len(u)) for j in range(i)]
    return {"x": x.ravel().tolist(), "y": y.ravel().tolist(), "dimensions": x.shape[1], "alignment": float((np.linalg.norm(u - w, axis=1) ** 2).mean()),
            "uniformity": float(np.log(np.mean([np.exp(-2 * ((u[i] - u[j]) ** 2).sum()) for i, j in pairs])))}


def languages() -> dict:
    first, pool = {"en": 70, "fr": 30}, {"en": 100, "es": 50, "fr": 250}
    names = sorted(pool)
    return {"first": first, "pool": pool, "divergence": float(stats.entropy([first.get(n, 0) for n in names], [pool[n] for n in names]))}


def main() -> None:
    rng = np.random.default_rng(5)
    OUT.mkdir(parents=True, exist_ok=True)
    write = lambda name, what: (OUT / name).write_text(json.dumps(what, separators=(",", ":")) + "\n")
    write("significance.json", {"paired": paired(rng), "holm": holm()})
    write("scores.json", {"correlations": correlations(rng), "clusterings": clusterings(rng), "classifications": classifications(rng),
                          "bitexts": bitexts(rng), "geometry": geometry(rng), "languages": languages()})


main()
