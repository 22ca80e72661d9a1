#!/usr/bin/env python3
"""Writes tests/golden/calibration/curves.json: scikit-learn's and SciPy's answers about scores made here.

  curves    sigmoid calibration (CalibratedClassifierCV's own), isotonic regression (out_of_bounds="clip") and both at some scores
  metrics   log_loss, brier_score_loss and expected calibration error by calibration_curve's bins, uniform and quantile
  binomial  distribution function and Clopper-Pearson's lower bound

Usage: make_calibration_goldens.py   (needs scikit-learn==1.9.1, scipy, numpy)
"""
import json
from pathlib import Path

import numpy as np
from scipy import stats
from sklearn.calibration import _SigmoidCalibration, calibration_curve
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import brier_score_loss, log_loss

OUT = Path(__file__).resolve().parent.parent / "golden" / "calibration"
BINS = 15


def cases(rng: np.random.Generator) -> dict[str, dict]:
    def drawn(n, low, high, slope, middle, digits=4):
        scores = np.round(rng.uniform(low, high, n), digits)
        return scores, (rng.uniform(size=n) < 1 / (1 + np.exp(-slope * (scores - middle)))).astype(int)

    out = {}
    out["narrow"] = drawn(200, 0.7, 1.0, 40, 0.88)
    out["ties"] = drawn(150, -1, 1, 3, 0.2, digits=1)
    out["wide"] = drawn(100, -60, 90, 0.1, 10)
    out["rare"] = drawn(200, 0, 1, 12, 1.0)
    out["separable"] = (np.array([0.1, 0.2, 0.3, 0.7, 0.8, 0.9]), np.array([0, 0, 0, 1, 1, 1]))
    out["falling"] = (np.array([0.1, 0.2, 0.3, 0.7, 0.8, 0.9]), np.array([1, 1, 0, 1, 0, 0]))
    out["constant"] = (np.full(10, 0.83), np.array([1, 0, 0, 1, 0, 0, 0, 0, 1, 0]))
    out["one_label"] = (np.array([0.4, 0.5, 0.7]), np.array([1, 1, 1]))
    out["two"] = (np.array([0.4, 0.6]), np.array([0, 1]))
    all_cases = {name: {"scores": s, "relevant": y} for name, (s, y) in out.items()}
    s, y = drawn(120, 0.5, 1, 15, 0.75, digits=2)
    all_cases["weighted"] = {"scores": s, "relevant": y, "weights": np.round(rng.uniform(0, 3, 120), 2)}
    return all_cases


def expected_error(y, p, strategy):
    edges = np.linspace(0, 1, BINS + 1) if strategy == "uniform" else np.percentile(p, np.linspace(0, 1, BINS + 1) * 100)
    true, mean = calibration_curve(y, p, n_bins=BINS, strategy=strategy)
    count = np.bincount(np.searchsorted(edges[1:-1], p), minlength=BINS)
    return float(np.sum(count[count > 0] * np.abs(true - mean)) / len(p))


def main() -> None:
    rng = np.random.default_rng(7)
    curves, metrics = [], []
    for name, c in cases(rng).items():
        s, y, w = c["scores"], c["relevant"], c.get("weights")
        at = np.unique(np.concatenate([np.linspace(s.min() - 0.2, s.max() + 0.2, 23), s[:5]]))
        if name == "constant":
            at = s[:1]  # elsewhere many curves are as good
        sigmoid = _SigmoidCalibration().fit(s, y, w)
        isotonic = IsotonicRegression(out_of_bounds="clip").fit(s, y, w)
        curves.append({"name": name, **{k: v.tolist() for k, v in c.items()}, "at": at.tolist(), "platt": sigmoid.predict(at).tolist(),
                       "isotonic": isotonic.predict(at).tolist()})
        if len(set(y)) < 2 or s.min() < 0 or s.max() > 1:
            continue
        for kind, p in (("score", s), ("isotonic", isotonic.predict(s)), ("platt", sigmoid.predict(s))):
            p = np.round(p, 6)
            metrics.append({"name": f"{name} {kind}", "p": p.tolist(), "truth": y.tolist(), "log_loss": log_loss(y, p, labels=[0, 1]),
                            "brier": brier_score_loss(y, p), "ece_uniform": expected_error(y, p, "uniform"),
                            "ece_quantile": expected_error(y, p, "quantile")})
    binomial = [{"k": k, "n": n, "p": p, "cdf": stats.binom.cdf(k, n, p), "lower95": stats.beta.ppf(0.05, k, n - k + 1) if k else 0.0}
                for k, n, p in [(0, 10, 0.1), (3, 10, 0.4), (10, 10, 0.9), (58, 59, 0.95), (950, 1000, 0.94), (0, 2995, 0.001), (40, 100000, 0.0005),
                                (99000, 100000, 0.99)]]
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "curves.json").write_text(json.dumps({"curves": curves, "metrics": metrics, "binomial": binomial}, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
