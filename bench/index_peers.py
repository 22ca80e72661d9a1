#!/usr/bin/env python3
"""index_peers.py VECTORS.npy QUERIES.npy [--metric cosine|l2] [--threads 2] [--only NAMES] [--filters]

Vector indexes beside Kindred's, on the same vectors: recall@10 against exact search (ties at the
tenth score count), queries a second of one batch (best of three), build time, and memory: the growth of
resident memory by the built index, the input not counted. Each peer runs in a process of its own.
With --filters, hnswlib and faiss also search under filters that leave 50%, 10%, 1% and 0.1% of the rows
at random (hnswlib's filter is a Python function, which is what its package offers: its queries a second
say little, its recall is its own).
Needs: numpy, hnswlib, faiss-cpu, usearch, scann (those that are missing are left out by name).
"""
import argparse
import json
import multiprocessing
import os
import queue
import tempfile
import time

import numpy as np

K = 10
SHARES = (0.5, 0.1, 0.01, 0.001)


def allowed_rows(count, share):
    return np.random.default_rng(5).random(count) < share


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def load(path, metric):
    vectors = np.ascontiguousarray(np.load(path, mmap_mode="r"), dtype=np.float32)
    if metric == "cosine":
        vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-30)
    return np.ascontiguousarray(vectors)


def scores(x, q, ids, metric):
    """Scores of found rows; missing ones (-1) are minus infinity."""
    rows = x[np.maximum(ids, 0)]
    found = np.einsum("qkd,qd->qk", rows, q) if metric == "cosine" else -((rows - q[:, None, :]) ** 2).sum(2)
    return np.where(ids >= 0, found, -np.inf)


def exact_tenth(x, q, metric):
    import faiss

    flat = faiss.IndexFlatIP(x.shape[1]) if metric == "cosine" else faiss.IndexFlatL2(x.shape[1])
    flat.add(x)
    _, ids = flat.search(q, K)
    return scores(x, q, ids, metric)[:, -1]


class Bench:
    def __init__(self, name, x, q, metric, tenths, threads):
        """tenths: exact tenth scores of all rows, then under each filter that is measured."""
        self.name, self.x, self.q, self.metric = name, x, q, metric
        self.tenths, self.threads = tenths, threads
        self.rows = []

    def build(self, make):
        before, start = resident(), time.perf_counter()
        index = make()
        self.seconds, self.bytes = time.perf_counter() - start, resident() - before
        print(f"{self.name}: built in {self.seconds:.1f} s, {self.bytes / 1e6:.0f} MB", flush=True)
        return index

    def filtered(self, searches):
        """searches(allowed): (setting, search) pairs under the filter of a mask of rows."""
        for tenth, share in zip(self.tenths[1:], SHARES):
            for setting, search in searches(allowed_rows(len(self.x), share)):
                self.point(f"{share:.1%} {setting}", search, tenth, share)

    def point(self, setting, search, tenth=None, share=1.0):
        tenth = self.tenths[0] if tenth is None else tenth
        best, ids = 1e30, search(self.q)
        for _ in range(3):
            start = time.perf_counter()
            ids = search(self.q)
            best = min(best, time.perf_counter() - start)
        found = scores(self.x, self.q, np.asarray(ids).astype(np.int64), self.metric)
        recall = float((found >= tenth[:, None] - 1e-6).mean())
        self.rows.append({"peer": self.name, "setting": setting, "share": share, "recall": recall, "qps": len(self.q) / best,
                          "build_s": self.seconds, "mb": self.bytes / 1e6})
        print(f"{self.name:24} {setting:16} recall {recall:.4f}  {len(self.q) / best:9.0f} queries/s", flush=True)
        return recall


def hnswlib_(b):
    import hnswlib

    def make():
        index = hnswlib.Index("ip" if b.metric == "cosine" else "l2", b.x.shape[1])
        index.init_index(len(b.x), M=16, ef_construction=200)
        index.set_num_threads(b.threads)
        index.add_items(b.x)
        return index

    index = b.build(make)
    for ef in (10, 20, 40, 60, 80, 120, 200, 300, 500, 800):
        index.set_ef(ef)
        if b.point(f"ef={ef}", lambda q: index.knn_query(q, K, num_threads=b.threads)[0]) > 0.997:
            break

    def searches(allowed):
        for ef in (40, 200):
            def search(q):
                index.set_ef(ef)
                ids = np.full((len(q), K), -1)
                for i in range(len(q)):  # it throws where it finds fewer than K
                    try:
                        ids[i] = index.knn_query(q[i], K, num_threads=1, filter=lambda row: allowed[row])[0]
                    except RuntimeError:
                        pass
                return ids
            yield f"ef={ef}", search

    b.filtered(searches)


def faiss_hnsw(b):
    import faiss

    metric = faiss.METRIC_INNER_PRODUCT if b.metric == "cosine" else faiss.METRIC_L2

    def make():
        index = faiss.IndexHNSWFlat(b.x.shape[1], 16, metric)
        index.hnsw.efConstruction = 200
        index.add(b.x)
        return index

    index = b.build(make)
    for ef in (10, 20, 40, 60, 80, 120, 200, 300, 500, 800):
        index.hnsw.efSearch = ef
        if b.point(f"ef={ef}", lambda q: index.search(q, K)[1]) > 0.997:
            break

    def searches(allowed):
        bits = np.packbits(allowed, bitorder="little")
        selector = faiss.IDSelectorBitmap(bits)
        for ef in (40, 200):
            yield f"ef={ef}", lambda q: index.search(
                q, K, params=faiss.SearchParametersHNSW(sel=selector, efSearch=ef))[1]

    b.filtered(searches)


def faiss_ivf(b, code, refine):
    import faiss

    metric = faiss.METRIC_INNER_PRODUCT if b.metric == "cosine" else faiss.METRIC_L2
    lists = max(64, 1 << int(np.log2(4 * np.sqrt(len(b.x)))))

    def make():
        index = faiss.index_factory(b.x.shape[1], f"IVF{lists},{code},Refine({refine})", metric)
        index.train(b.x[np.random.default_rng(1).permutation(len(b.x))[: 64 * lists]])
        index.add(b.x)
        return index

    index = b.build(make)
    base = faiss.extract_index_ivf(faiss.downcast_index(index.base_index))
    for probes in (4, 8, 16, 32, 64, 128, 256):
        top = 0
        for factor in (2, 4, 8, 16, 32):
            base.nprobe, index.k_factor = probes, factor
            recall = b.point(f"p={probes} r={factor}", lambda q: index.search(q, K)[1])
            if recall < top + 0.003:
                break
            top = recall
        if top > 0.997:
            break

    def searches(allowed):
        bits = np.packbits(allowed, bitorder="little")
        selector = faiss.IDSelectorBitmap(bits)
        for probes in (16, 64, 256):
            inner = faiss.SearchParametersIVF(sel=selector, nprobe=probes)
            outer = faiss.IndexRefineSearchParameters(k_factor=8, base_index_params=inner)
            yield f"p={probes} r=8", lambda q: index.search(q, K, params=outer)[1]

    b.filtered(searches)


def faiss_pq(b):
    faiss_ivf(b, f"PQ{b.x.shape[1] // 2}x4fs", "Flat")


def faiss_rabitq(b):
    faiss_ivf(b, "RaBitQfs", "Flat")


def faiss_rabitq_sq8(b):
    faiss_ivf(b, "RaBitQfs", "SQ8")


def usearch_(b, dtype):
    from usearch.index import Index

    def make():
        index = Index(ndim=b.x.shape[1], metric="ip" if b.metric == "cosine" else "l2sq", dtype=dtype,
                      connectivity=16, expansion_add=200)
        index.add(np.arange(len(b.x)), b.x, threads=b.threads)
        return index

    index = b.build(make)
    for ef in (10, 20, 40, 80, 120, 200, 300, 500, 800):
        index.expansion_search = ef
        if b.point(f"ef={ef}", lambda q: index.search(q, K, threads=b.threads).keys) > 0.997:
            break


def usearch_f32(b):
    usearch_(b, "f32")


def usearch_i8(b):
    usearch_(b, "i8")


def scann_(b):
    import scann

    leaves = int(2 * np.sqrt(len(b.x)))

    def make():
        builder = scann.scann_ops_pybind.builder(b.x, K, "dot_product" if b.metric == "cosine" else "squared_l2")
        builder.set_n_training_threads(b.threads)
        searcher = (builder.tree(num_leaves=leaves, num_leaves_to_search=100, training_sample_size=250000)
                    .score_ah(2, anisotropic_quantization_threshold=0.2).reorder(100).build())
        searcher.set_num_threads(b.threads)
        return searcher

    searcher = b.build(make)
    for probes in (8, 16, 32, 64, 128, 256, 512):
        top = 0
        for reorder in (30, 100, 300, 1000):
            recall = b.point(f"l={probes} r={reorder}", lambda q: searcher.search_batched_parallel(
                q, final_num_neighbors=K, pre_reorder_num_neighbors=reorder, leaves_to_search=probes)[0])
            if recall < top + 0.003:
                break
            top = recall
        if top > 0.997:
            break


PEERS = {"hnswlib": hnswlib_, "faiss-hnsw": faiss_hnsw, "faiss-ivfpq-refine": faiss_pq,
         "faiss-rabitq-refine": faiss_rabitq, "faiss-rabitq-sq8": faiss_rabitq_sq8,
         "usearch-f32": usearch_f32, "usearch-i8": usearch_i8, "scann": scann_}


def run_peer(name, arguments, tenths_path, answers):
    os.environ["OMP_NUM_THREADS"] = str(arguments.threads)
    try:
        import faiss

        faiss.omp_set_num_threads(arguments.threads)
        x, q = load(arguments.vectors, arguments.metric), load(arguments.queries, arguments.metric)[:1000]
        bench = Bench(name, x, q, arguments.metric, np.load(tenths_path), arguments.threads)
        PEERS[name](bench)
        answers.put(bench.rows)
    except ImportError as error:
        print(f"{name}: left out ({error})")
        answers.put([])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("vectors")
    parser.add_argument("queries")
    parser.add_argument("--metric", choices=("cosine", "l2"), default="cosine")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", default=",".join(PEERS))
    parser.add_argument("--filters", action="store_true")
    parser.add_argument("--json", help="where the points go")
    arguments = parser.parse_args()
    descriptor, tenths_path = tempfile.mkstemp(suffix=".npy")
    os.close(descriptor)
    x, q = load(arguments.vectors, arguments.metric), load(arguments.queries, arguments.metric)[:1000]
    tenths = [exact_tenth(x, q, arguments.metric)]
    for share in SHARES if arguments.filters else ():
        tenths.append(exact_tenth(x[allowed_rows(len(x), share)], q, arguments.metric))
    np.save(tenths_path, np.stack(tenths))
    del x
    context, rows = multiprocessing.get_context("spawn"), []
    for name in arguments.only.split(","):
        answers = context.Queue()
        process = context.Process(target=run_peer, args=(name, arguments, tenths_path, answers))
        process.start()
        # Before joining: a process waits until its queue is read. None: it ended without an answer.
        answer = None
        while answer is None:
            ended = not process.is_alive()
            try:
                answer = answers.get(timeout=1)
            except queue.Empty:
                if ended:
                    break
        process.join()
        if answer is None:
            print(f"{name}: ended with {process.exitcode}, not measured")
        else:
            rows += answer
    os.remove(tenths_path)
    for recall in (0.9, 0.95, 0.98, 0.99):
        print(f"best queries/s at recall >= {recall}:")
        for name in PEERS:
            good = [row for row in rows if row["peer"] == name and row["share"] == 1 and row["recall"] >= recall]
            if good:
                best = max(good, key=lambda row: row["qps"])
                print(f"  {name:24} {best['qps']:9.0f}  ({best['setting']}, {best['mb']:.0f} MB, built in {best['build_s']:.0f} s)")
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump(rows, file, indent=1)


if __name__ == "__main__":
    main()
