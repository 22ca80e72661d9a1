#!/usr/bin/env python3
"""A map of vectors by Kindred and by umap-learn: seconds and trustworthiness, seed by seed.

Usage: bench/map.py VECTORS.npy [--seeds 1,2,3] [--threads 2] [--bench build/release/map_bench]

Trustworthiness is of 15 neighbours, by cosine. umap-learn is given the threads too, but its layout is
sequential wherever a seed is set; without one it is not, nor is it the same twice. Its compilation is
not timed. Needs: pip install umap-learn scikit-learn.
"""
import argparse
import json
import os
import subprocess
import time
import warnings


def ours(arguments, seed):
    command = [arguments.bench, arguments.vectors, str(arguments.threads), str(seed)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def peer(vectors, umap, trustworthiness, seed):
    start = time.perf_counter()
    keywords = {} if seed is None else {"random_state": seed}
    positions = umap.UMAP(metric="cosine", **keywords).fit_transform(vectors)
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "trustworthiness": trustworthiness(vectors, positions, n_neighbors=15, metric="cosine")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("vectors")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--bench", default="build/release/map_bench")
    arguments = parser.parse_args()
    os.environ["NUMBA_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = str(arguments.threads)
    warnings.filterwarnings("ignore")
    import numpy as np
    import umap
    from sklearn.manifold import trustworthiness

    vectors = np.load(arguments.vectors).astype(np.float32)
    umap.UMAP(n_epochs=5, random_state=0).fit(vectors[:500])  # compiles
    umap.UMAP(n_epochs=5).fit(vectors[:500])
    print(f"{arguments.vectors}: {len(vectors):,} × {vectors.shape[1]}, {arguments.threads} threads")
    print("seed   Kindred s  trust.   umap-learn s  trust.   time   trust. less the peer's")
    for seed in [int(s) for s in arguments.seeds.split(",")] + [None]:
        a = ours(arguments, seed or 0)
        b = peer(vectors, umap, trustworthiness, seed)
        print(f"{'none' if seed is None else seed:>4}   {a['seconds']:9.1f}  {a['trustworthiness']:.4f}   {b['seconds']:12.1f}  {b['trustworthiness']:.4f}"
              f"   {b['seconds'] / a['seconds']:.1f} ×  {a['trustworthiness'] - b['trustworthiness']:+.4f}", flush=True)


if __name__ == "__main__":
    main()
