#!/usr/bin/env python3
"""Writes tests/golden/classifiers/linear.json: probabilities of scikit-learn's LogisticRegression on vectors made here.

Usage: make_classifier_goldens.py   (needs scikit-learn==1.9.1, numpy)
"""
import json
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

OUT = Path(__file__).resolve().parent.parent / "golden" / "classifiers"


def main() -> None:
    rng = np.random.default_rng(11)
    cases = []
    for name, counts, d, spread, c, balanced in [("three", [20, 20, 20], 6, 0.7, 1.0, False), ("two", [25, 15], 5, 0.8, 1.0, False),
                                                ("rare", [40, 6, 4], 5, 0.9, 1.0, False), ("rare balanced", [40, 6, 4], 5, 0.9, 1.0, True),
                                                ("two balanced", [30, 5], 4, 0.9, 10.0, True), ("strong penalty", [15, 15, 15, 15], 6, 0.7, 0.01, False),
                                                ("weak penalty", [15, 15, 15], 6, 0.3, 100.0, False), ("one example", [8, 1, 8], 4, 0.5, 1.0, False)]:
        centres = rng.normal(size=(len(counts), d))
        x = np.concatenate([centre + spread * rng.normal(size=(n, d)) for centre, n in zip(centres, counts)])
        x = np.round(x / np.linalg.norm(x, axis=1, keepdims=True), 4).astype(np.float32)
        y = np.repeat(np.arange(len(counts)), counts)
        at = np.round(rng.normal(size=(6, d)), 3).astype(np.float32)
        model = LogisticRegression(C=c, class_weight="balanced" if balanced else None, tol=1e-8, max_iter=10000).fit(x.astype(np.float64), y)
        cases.append({"name": name, "dimensions": d, "classes": len(counts), "c": c, "balanced": balanced, "values": [round(float(v), 4) for v in x.ravel()],
                      "labels": y.tolist(), "at": [round(float(v), 3) for v in at.ravel()],
                      "probabilities": [round(float(p), 9) for p in model.predict_proba(at.astype(np.float64)).ravel()]})
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "linear.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
