#!/usr/bin/env python3
"""How well a shop's search finds the right category: recall@1, recall@10 and MRR@10 by mode and language.

The products are the categories of one taxonomy, the queries the category paths of another in four languages,
and its publisher's mapping says which one is right (one a query). DATA holds categories.tsv,
google_categories.tsv (id, then the path in en, zh, es, fr) and shopify_to_google.tsv (category, google), each
with a header.

    evaluate_search.py DATA --model models/multilingual-e5-small
    evaluate_search.py DATA --model models/multilingual-e5-small --titles en   # products in English alone

Hybrid is measured with each of --methods. With --tune N, N other queries of mixed languages then tune the fusion
(`kindred tune`), and it is measured again. Runs `kindred import` and `kindred search`; the shop stays in --work, so a second run is quick.
"""
import argparse
import json
import subprocess
import sys
from pathlib import Path

LANGUAGES = ["en", "zh", "es", "fr"]
DEPTH = 10


def read_table(path: Path) -> dict[str, list[str]]:
    lines = path.read_text(encoding="utf-8").splitlines()[1:]
    return {fields[0]: fields[1:] for fields in (line.split("\t") for line in lines)}


def kindred(options: argparse.Namespace, *arguments: str) -> str:
    done = subprocess.run([options.kindred, *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"evaluate_search: kindred {' '.join(arguments)}\n{done.stderr}")
    return done.stdout


def make_shop(options: argparse.Namespace, categories: dict[str, list[str]], titles: list[str]) -> Path:
    options.work.mkdir(parents=True, exist_ok=True)
    name = "-".join(titles)
    products = options.work / f"{name}.jsonl"
    with products.open("w", encoding="utf-8") as out:
        for key, paths in categories.items():
            row = {"id": key, "language": titles[0]}
            row |= {f"title_{language}": paths[LANGUAGES.index(language)] for language in titles}
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    shop = options.work / f"shop-{name}"
    summary = kindred(options, "import", str(products), "--into", str(shop), "--model", options.model, "--keep-texts",
                      "--prompt", "{title}", "--json")
    print(f"{shop}: {summary.strip()}", file=sys.stderr)
    return shop


def ranks(options: argparse.Namespace, shop: Path, mode: str, language: str, queries: list[str],
          right: list[str]) -> list[int | None]:
    """The place of each query's right product, from 1; None: not among the first ten."""
    file = options.work / f"queries-{language}.txt"
    file.write_text("".join(query + "\n" for query in queries), encoding="utf-8")
    output = kindred(options, "search", str(shop), "--queries", str(file), "--mode", mode, "--language", language,
                     "-k", str(DEPTH), "--json")
    places = []
    for line, wanted in zip(output.splitlines(), right, strict=True):
        ids = [hit["id"] for hit in json.loads(line)["results"]]
        places.append(ids.index(wanted) + 1 if wanted in ids else None)
    return places


def text_of(asked: dict[str, list[str]], key: str, language: str) -> str:
    return asked[key][LANGUAGES.index(language)].replace(" > ", " ")


def report(options: argparse.Namespace, shop: Path, asked: dict[str, list[str]], pairs: list[tuple[str, str]],
           modes: list[str], label: str = "") -> None:
    for language in LANGUAGES:
        queries = [text_of(asked, key, language) for key, _ in pairs]
        for mode in modes:
            places = ranks(options, shop, mode, language, queries, [right for _, right in pairs])
            first = sum(place == 1 for place in places) / len(places)
            ten = sum(place is not None for place in places) / len(places)
            reciprocal = sum(1.0 / place for place in places if place) / len(places)
            print(f"| {language} | {mode}{label} | {first:.3f} | {ten:.3f} | {reciprocal:.3f} |", flush=True)


def tune(options: argparse.Namespace, shop: Path, asked: dict[str, list[str]], labelled: list[tuple[str, str]]) -> None:
    labels = options.work / "labels.tsv"
    with labels.open("w", encoding="utf-8") as out:
        out.write("query\tid\tlanguage\n")
        for i, (key, right) in enumerate(labelled):
            language = LANGUAGES[i % len(LANGUAGES)]
            out.write(f"{text_of(asked, key, language)}\t{right}\t{language}\n")
    print(kindred(options, "tune", str(shop), "--labels", str(labels)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", required=True)
    parser.add_argument("--kindred", default="build/release/kindred")
    parser.add_argument("--work", type=Path, default=Path("build/taxonomy-search"))
    parser.add_argument("--titles", default=",".join(LANGUAGES), help="languages of the products' titles")
    parser.add_argument("--tune", type=int, default=0, help="queries to tune the fusion by")
    parser.add_argument("--methods", default="bounded-scores,reciprocal-rank", help="ways to fuse (kindred tune --help)")
    parser.add_argument("--queries", type=int, default=2000, help="how many categories are asked, spread over all")
    options = parser.parse_args()

    documents = read_table(options.data / "google_categories.tsv")
    asked = read_table(options.data / "categories.tsv")
    mapping = read_table(options.data / "shopify_to_google.tsv")
    pairs = [(key, fields[0]) for key, fields in mapping.items() if key in asked and fields[0] in documents]
    step = max(len(pairs) // options.queries, 2)
    labelled = pairs[1::step][: options.tune]  # never among those that are measured
    pairs = pairs[::step]
    shop = make_shop(options, documents, options.titles.split(","))
    print(f"{len(pairs)} queries, {len(documents)} products with titles in {options.titles}")
    print("| query | mode | recall@1 | recall@10 | MRR@10 |\n|---|---|---|---|---|")
    report(options, shop, asked, pairs, ["vector", "words"])
    for method in options.methods.split(","):
        kindred(options, "tune", str(shop), "--method", method)
        report(options, shop, asked, pairs, ["hybrid"], f", {method}")
    if labelled:
        tune(options, shop, asked, labelled)
        report(options, shop, asked, pairs, ["hybrid"], ", tuned")


if __name__ == "__main__":
    main()
