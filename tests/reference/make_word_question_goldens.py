#!/usr/bin/env python3
"""Writes tests/golden/word_questions: what gensim and fastText answer about small word vectors of their own.

  vectors.txt      40 words in word2vec's text format, some in two cases, in clusters
  analogies.txt    questions in sections, with unknown words and lines that are none
  pairs.tsv        judged pairs, with comments, equal judgements, unknown words and a line that is none
  questions.json   gensim's answers (KeyedVectors 4.4)
  words.bin        fastText, skip-gram with n-grams, over sentences made here; classes.bin: supervised, two-word n-grams
  sentences.json   fastText's sentence vectors, as print-sentence-vectors prints them

Usage: make_word_question_goldens.py   (needs gensim==4.4.0, fasttext-wheel==0.9.2, numpy)
"""
import json
import random
import tempfile
from pathlib import Path

import fasttext
import numpy as np
from gensim.models import KeyedVectors

OUT = Path(__file__).resolve().parent.parent / "golden" / "word_questions"
STEMS = ["red", "blue", "shoe", "boot", "hat", "coat", "paris", "france", "rome", "italy", "Straße", "café", "king", "queen", "苹果", "香蕉"]
SENTENCES = ["red shoes for running", "blue boots and a warm coat", "a hat from paris in france", "the king of rome", "苹果 和 香蕉 都 是 水果",
             "café on the straße", "running shoes in red and blue", "the queen of italy wears a coat"]
ASKED = ["red running shoes", "boots", "a zzzunknown shoe", "", "  Paris\tand rome  ", "苹果 香蕉", "水果", "qqq"]


def vectors(random_state: np.random.Generator) -> tuple[list[str], np.ndarray]:
    words, rows = [], []
    centres = random_state.normal(size=(8, 12))
    for i, stem in enumerate(STEMS):
        for form in (stem, stem + "s", stem.upper() if i % 3 == 0 else ""):
            if form and form not in words:
                words.append(form)
                rows.append(centres[i // 2] + 0.6 * random_state.normal(size=12))
    return words, np.array(rows, dtype=np.float32)


def questions(words: list[str]) -> str:
    rng = random.Random(3)
    lines = []
    for name in (": colours and hats", ": capitals", ": gram1-plural"):
        lines.append(name)
        for _ in range(60):
            a, c = rng.sample(range(len(STEMS)), 2)
            four = [STEMS[a], STEMS[a] + "s", STEMS[c], STEMS[c] + "s"] if name.startswith(": gram") else [rng.choice(words) for _ in range(4)]
            lines.append(" ".join(w.upper() if rng.random() < 0.2 else w for w in four))
        lines += ["red reds nowhere nowheres", "three words only"]
    return "\n".join(lines) + "\n"


def pairs(words: list[str]) -> str:
    rng = random.Random(4)
    lines = ["# word\tword\tjudgement"]
    for _ in range(50):
        a, b = rng.sample(words, 2)
        lines.append(f"{a}\t{b}\t{rng.choice([1, 2.5, 2.5, 4, 7.25, 9])}")
    return "\n".join(lines + ["red\tnowhere\t3", "red blue 3", "red\tblue\thigh"]) + "\n"


def analogies_of(kv: KeyedVectors, **options) -> dict:
    score, sections = kv.evaluate_word_analogies(str(OUT / "analogies.txt"), **options)
    return {"options": options, "score": score, "sections": [[s["section"], len(s["correct"]), len(s["correct"]) + len(s["incorrect"])] for s in sections]}


def pairs_of(kv: KeyedVectors, **options) -> dict:
    pearson, spearman, unknown = kv.evaluate_word_pairs(str(OUT / "pairs.tsv"), **options)
    return {"options": options, "pearson": float(pearson[0]), "spearman": float(spearman[0]), "unknown_percent": unknown}


def similar(kv: KeyedVectors, positive: list[str], negative: list[str]) -> dict:
    return {"positive": positive, "negative": negative, "add": kv.most_similar(positive, negative, topn=6),
            "multiply": kv.most_similar_cosmul(positive, negative, topn=6)}


def gensim_goldens() -> None:
    words, values = vectors(np.random.default_rng(1))
    lines = [f"{len(words)} {values.shape[1]}"] + [" ".join([w, *(f"{x:.6f}" for x in row)]) for w, row in zip(words, values)]
    (OUT / "vectors.txt").write_text("\n".join(lines) + "\n")
    (OUT / "analogies.txt").write_text(questions(words))
    (OUT / "pairs.tsv").write_text(pairs(words))
    kv = KeyedVectors.load_word2vec_format(str(OUT / "vectors.txt"))
    odd = [["red", "blue", "shoe"], ["paris", "france", "king", "rome"]]
    golden = {
        "analogies": [analogies_of(kv, **o) for o in ({}, {"case_insensitive": False}, {"restrict_vocab": 20}, {"dummy4unknown": True})],
        "pairs": [pairs_of(kv, **o) for o in ({}, {"case_insensitive": False}, {"restrict_vocab": 20}, {"dummy4unknown": True})],
        "similar": [similar(kv, ["red"], []), similar(kv, ["shoes", "boot"], ["shoe"]), similar(kv, ["Straße", "苹果"], ["café", "king"])],
        "odd": [{"words": w, "odd": kv.doesnt_match(w), "scores": [[s, x] for x, s in ((float(s), x) for s, x in kv.rank_by_centrality(w))]} for w in odd],
        "similarity": [[a, b, float(kv.similarity(a, b))] for a, b in (("red", "blue"), ("苹果", "香蕉"))],
    }
    (OUT / "questions.json").write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n")


def fasttext_goldens() -> None:
    golden = {"texts": ASKED}
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus.txt"
        corpus.write_text("\n".join(SENTENCES * 5) + "\n")
        model = fasttext.train_unsupervised(str(corpus), dim=8, bucket=100, minCount=1, epoch=5, thread=1, verbose=0)
        model.save_model(str(OUT / "words.bin"))
        golden["words.bin"] = [model.get_sentence_vector(t).tolist() for t in ASKED]
        corpus.write_text("".join(f"__label__{i % 2} {s}\n" for i, s in enumerate(SENTENCES * 5)))
        model = fasttext.train_supervised(str(corpus), dim=8, bucket=100, wordNgrams=2, minn=2, maxn=3, epoch=5, thread=1, verbose=0)
        model.save_model(str(OUT / "classes.bin"))
        golden["classes.bin"] = [model.get_sentence_vector(t).tolist() for t in ASKED]
    (OUT / "sentences.json").write_text(json.dumps(golden, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    gensim_goldens()
    fasttext_goldens()
