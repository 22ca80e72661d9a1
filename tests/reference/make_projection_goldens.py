#!/usr/bin/env python3
"""Writes tests/golden/projection/projection.json: what numpy and scikit-learn make of 60 vectors of 10 values.

BERT-whitening is written as its authors do (compute_kernel_bias: numpy.cov, numpy.linalg.svd). Signs of
components are free: rows are compared up to them.

Usage: make_projection_goldens.py   (needs numpy, scikit-learn)
"""
import json
from pathlib import Path

import numpy as np
from sklearn.decomposition import PCA

OUT = Path(__file__).resolve().parent.parent / "golden" / "projection" / "projection.json"


def compute_kernel_bias(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mean = vectors.mean(axis=0, keepdims=True)
    u, s, _ = np.linalg.svd(np.cov(vectors.T))
    return u @ np.diag(1 / np.sqrt(s)), -mean


def main() -> None:
    random = np.random.default_rng(7)
    x = random.normal(size=(60, 10)) @ random.normal(size=(10, 10)) * np.linspace(0.1, 3, 10) + random.normal(size=10) * 50
    x = x.astype(np.float32)
    d = x.astype(np.float64)
    kernel, bias = compute_kernel_bias(d)
    pca = PCA(n_components=4).fit(d)
    centred = d - d.mean(axis=0)
    top = PCA(n_components=2).fit(d).components_
    golden = {
        "vectors": x.tolist(),
        "mean": d.mean(axis=0).tolist(),
        "covariance": np.cov(d.T).tolist(),
        "pca_components": pca.components_.tolist(),
        "pca_transform": pca.transform(d).tolist(),
        "pca_explained": float(pca.explained_variance_ratio_.sum()),
        "whitened": ((d + bias) @ kernel[:, :6]).tolist(),
        "without_top_2": (centred - centred @ top.T @ top).tolist(),
    }
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    main()
