#!/usr/bin/env python3
"""How well vectors find the right category, by precision: nDCG@10 and recall@10 on a taxonomy.

The queries are category paths of one taxonomy, the documents those of another, and its publisher's mapping
says which document is right (one a query). DATA holds categories.tsv, google_categories.tsv (id, then the
path in en, zh, es, fr) and shopify_to_google.tsv (category, google), each with a header.

    evaluate_taxonomy.py DATA --model models/multilingual-e5-small --query-prompt query --passage-prompt passage
    evaluate_taxonomy.py DATA --model models/all-MiniLM-L6-v2 --pairs en-en

Embeds with `kindred embed` (texts and vectors stay in --work, so a second run is quick). Needs numpy.
"""
import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np

LANGUAGES = ["en", "zh", "es", "fr"]


def read_table(path: Path) -> dict[str, list[str]]:
    lines = path.read_text(encoding="utf-8").splitlines()[1:]
    return {fields[0]: fields[1:] for fields in (line.split("\t") for line in lines)}


class Embedder:
    def __init__(self, options: argparse.Namespace):
        self.options = options
        options.work.mkdir(parents=True, exist_ok=True)

    def __call__(self, name: str, texts: list[str], prompt: str, precision: str) -> np.ndarray:
        options = self.options
        source = options.work / f"{name}.txt"
        target = options.work / f"{name}-{Path(options.model).name}-{precision}.npy"
        text = "".join(line + "\n" for line in texts)
        if not source.exists() or source.read_text(encoding="utf-8") != text:
            source.write_text(text, encoding="utf-8")
        if not target.exists() or target.stat().st_mtime < max(source.stat().st_mtime, Path(options.kindred).stat().st_mtime):
            command = [options.kindred, "embed", options.model, str(source), "--format", "lines", "-o", str(target),
                       "--precision", precision, "--json"]
            if prompt:
                command += ["--prompt", prompt]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode != 0:
                sys.exit(f"evaluate_taxonomy: {' '.join(command)}\n{done.stderr}")
            summary = json.loads(done.stdout)
            print(f"  {target.name}: {summary['rows']} texts, {summary['tokens_per_second']:.0f} tokens/s", file=sys.stderr)
        vectors = np.load(target).astype(np.float32)
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def measure(queries: np.ndarray, documents: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """nDCG@10 and recall@10 of each query, which has one right document: gain 1 / log2(1 + rank)."""
    ndcg, recall = np.zeros(len(queries)), np.zeros(len(queries))
    for begin in range(0, len(queries), 512):
        scores = queries[begin:begin + 512] @ documents.T
        own = scores[np.arange(len(scores)), right[begin:begin + 512]]
        rank = 1 + (scores > own[:, None]).sum(axis=1)
        found = rank <= 10
        recall[begin:begin + 512] = found
        ndcg[begin:begin + 512] = np.where(found, 1.0 / np.log2(1.0 + rank), 0.0)
    return ndcg, recall


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", required=True)
    parser.add_argument("--kindred", default="build/release/kindred")
    parser.add_argument("--work", type=Path, default=Path("demo/taxonomy"))
    parser.add_argument("--query-prompt", default="")
    parser.add_argument("--passage-prompt", default="")
    parser.add_argument("--pairs", default="en-en,zh-en,es-fr,en-zh", help="query language - document language")
    parser.add_argument("--precisions", default="fp32,bf16,int8")
    parser.add_argument("--queries", type=int, default=1500, help="how many categories are asked, spread over all")
    options = parser.parse_args()

    shopify = read_table(options.data / "categories.tsv")
    google = read_table(options.data / "google_categories.tsv")
    mapping = {key: fields[0] for key, fields in read_table(options.data / "shopify_to_google.tsv").items()}
    ids = [key for key in mapping if key in shopify and mapping[key] in google]
    ids = [ids[i * len(ids) // options.queries] for i in range(min(options.queries, len(ids)))]
    document_ids = list(google)
    row = {key: i for i, key in enumerate(document_ids)}
    right = np.array([row[mapping[key]] for key in ids])

    embed = Embedder(options)
    print(f"{Path(options.model).name}: {len(ids)} queries, {len(document_ids)} documents")
    print(f"{'pair':8}{'precision':>10}{'nDCG@10':>10}{'recall@10':>11}{'vs ' + options.precisions.split(',')[0]:>10}{'± 95%':>8}  points of nDCG@10")
    for pair in options.pairs.split(","):
        asked, told = pair.split("-")
        base = None
        for precision in options.precisions.split(","):
            queries = embed(f"queries-{asked}", [shopify[key][LANGUAGES.index(asked)] for key in ids], options.query_prompt, precision)
            documents = embed(f"documents-{told}", [google[key][LANGUAGES.index(told)] for key in document_ids], options.passage_prompt, precision)
            ndcg, recall = measure(queries, documents, right)
            base = ndcg if base is None else base
            difference = 100 * (ndcg - base)
            error = 1.96 * difference.std(ddof=1) / np.sqrt(len(difference))
            print(f"{pair:8}{precision:>10}{100 * ndcg.mean():10.2f}{100 * recall.mean():11.2f}{difference.mean():+10.2f}{error:8.2f}", flush=True)


if __name__ == "__main__":
    main()
