#!/usr/bin/env python3
"""Neighbours, maps and clusters of small data by scikit-learn and umap-learn: tests/golden/clusters.json.

Usage: make_cluster_goldens.py   (pip install numpy scikit-learn umap-learn)
"""
import json
from pathlib import Path

import numpy as np
from sklearn.cluster import HDBSCAN, KMeans
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.manifold import trustworthiness
from umap.umap_ import find_ab_params, fuzzy_simplicial_set

OUT = Path(__file__).resolve().parent.parent / "golden" / "clusters.json"


def blobs(seed, sizes, dimensions, spreads, noise):
    """Gaussian clusters of unequal spread with uniform noise between them."""
    random = np.random.default_rng(seed)
    parts = [random.normal(random.uniform(-6, 6, dimensions), spread, (size, dimensions))
             for size, spread in zip(sizes, spreads)]
    parts.append(random.uniform(-9, 9, (noise, dimensions)))
    return np.round(np.concatenate(parts), 3).astype(np.float32)


def fitted(x, rows, **options):
    """Labels, by their first rows, and probabilities; the rows handed over in another order."""
    model = HDBSCAN(algorithm="brute", copy=True, **options).fit(x.astype(np.float64)[rows])
    labels, probabilities = np.empty(len(x), int), np.empty(len(x))
    labels[rows], probabilities[rows] = model.labels_, model.probabilities_
    first = {}
    for label in labels[labels >= 0]:
        first.setdefault(label, len(first))
    return [first.get(label, -1) for label in labels], [round(float(p), 6) for p in probabilities]


def density(x):
    """Cases in which scikit-learn itself does not depend on the order of the rows: where many edges of the
    spanning tree are equally long (core distances make them so), any of several trees is right."""
    cases = []
    random = np.random.default_rng(0)
    orders = [np.arange(len(x)), *(random.permutation(len(x)) for _ in range(8))]
    for min_size, min_samples in ((5, 1), (5, 2), (5, 5), (8, 3), (8, 2), (15, 5), (15, 1), (4, 10), (10, 8), (12, 4)):
        for method in ("eom", "leaf"):
            for single in (False, True):
                options = {"min_cluster_size": min_size, "min_samples": min_samples, "cluster_selection_method": method, "allow_single_cluster": single}
                found = [fitted(x, rows, **options) for rows in orders]
                if all(f == found[0] for f in found):
                    cases.append({"min_size": min_size, "min_samples": min_samples, "method": method, "single": single,
                                  "labels": found[0][0], "probabilities": found[0][1]})
    return cases


def fuzzy(x, k):
    graph, sigmas, rhos = fuzzy_simplicial_set(x, k, np.random.RandomState(1), "euclidean")[:3]
    graph = graph.tocoo()
    return {"k": k, "sigmas": np.round(sigmas.astype(float), 6).tolist(), "rhos": np.round(rhos.astype(float), 6).tolist(),
            "row": graph.row.tolist(), "column": graph.col.tolist(), "weight": np.round(graph.data.astype(float), 6).tolist()}


def class_terms(documents, labels):
    """c-TF-IDF as BERTopic computes it (bertopic/vectorizers/_ctfidf.py), without its dependencies."""
    joined = [" ".join(d for d, l in zip(documents, labels) if l == label) for label in sorted(set(labels))]
    vectorizer = CountVectorizer(token_pattern=r"\S+")
    counts = vectorizer.fit_transform(joined).toarray().astype(float)
    average = int(counts.sum(axis=1).mean())
    idf = np.log(average / counts.sum(axis=0) + 1)
    scores = counts / counts.sum(axis=1, keepdims=True) * idf
    words = vectorizer.get_feature_names_out()
    return {"documents": documents, "labels": labels,
            "scores": [{w: round(float(s), 7) for w, s in zip(words, row) if s > 0} for row in scores]}


def main():
    sets = []
    for seed, sizes, d, spreads, noise in ((1, (40, 30, 20), 2, (.5, 1.2, .3), 15), (2, (35, 35, 25, 15), 5, (.6, .9, .4, 1.5), 20),
                                           (3, (60,), 3, (1.0,), 0)):
        x = blobs(seed, sizes, d, spreads, noise)
        random = np.random.default_rng(seed + 100)
        flat = np.round(x[:, :2] + random.normal(0, 1.5, (len(x), 2)), 3).astype(np.float32)
        ranks = {metric: [[k, trustworthiness(x.astype(np.float64), flat.astype(np.float64), n_neighbors=k, metric=metric)]
                          for k in (1, 5, 15)] for metric in ("euclidean", "cosine")}
        k = len(sizes) + 1
        sets.append({"dimensions": d, "x": x.ravel().astype(float).round(3).tolist(), "map": flat.ravel().astype(float).round(3).tolist(),
                     "trustworthiness": ranks, "density": density(x), "fuzzy": fuzzy(x, 10),
                     "k": k, "inertia": KMeans(k, n_init=30, random_state=0, algorithm="lloyd").fit(x.astype(np.float64)).inertia_})
    curves = [[spread, distance, *map(float, find_ab_params(spread, distance))]
              for spread, distance in ((1.0, 0.1), (1.0, 0.0), (1.0, 0.5), (1.0, 0.99), (2.0, 0.25), (0.5, 0.05))]
    documents = ["red shoes running", "running shoes blue", "shoes", "kettle electric steel", "kettle red", "lamp led desk lamp", "desk"]
    OUT.write_text(json.dumps({"sets": sets, "curves": curves, "terms": class_terms(documents, [0, 0, 0, 1, 1, 2, 2])}, separators=(",", ":")) + "\n")
    print(OUT, OUT.stat().st_size)


if __name__ == "__main__":
    main()
