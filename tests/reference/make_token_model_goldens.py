#!/usr/bin/env python3
"""Writes tests/golden/token_models/*.json: small random token models with what Hugging Face
`tokenizers` makes of random strings.

    pip install tokenizers==0.23.3
    tests/reference/make_token_model_goldens.py

A file is a list of {"model": the model object of a tokenizer.json, "cases": [[text, result] ...]};
a result is [[id, begin, end] ...] in bytes of the text, or null where the reference fails.
"""

import itertools
import json
import pathlib
import random

from tokenizers import Tokenizer

OUT = pathlib.Path(__file__).resolve().parent.parent / "golden" / "token_models"
LETTERS = ["a", "b", "c", "é", "ß", "日", "本", "▁", "😀", "<", "x"]
CASES = 60


def some_text(rng, letters, longest):
    # Few letters a text, so that its parts repeat and ties are common.
    chosen = rng.sample(letters, rng.randint(1, min(4, len(letters))))
    return "".join(rng.choice(chosen) for _ in range(rng.randint(0, longest)))


def word_pieces(rng, prefix, unknown):
    words = {some_text(rng, LETTERS, 4) for _ in range(rng.randint(5, 60))}
    tokens = [w if rng.random() < 0.5 else prefix + w for w in sorted(words) if w]
    tokens = list(dict.fromkeys(([unknown] if unknown else []) + tokens))
    rng.shuffle(tokens)
    return {token: i for i, token in enumerate(tokens)}


def word_piece_models(rng):
    for i in range(10):
        prefix = ["##", "", "@@é", "▁"][i % 4]
        yield {
            "type": "WordPiece",
            "unk_token": "[UNK]",
            "continuing_subword_prefix": prefix,
            "max_input_chars_per_word": [100, 8][i % 2],
            "vocab": word_pieces(rng, prefix, "[UNK]" if i != 7 else None),
        }


def merged_vocab(rng, symbols, prefix, suffix, count):
    """Tokens and merges as a training would make them: every merge joins two tokens there are."""
    vocab = {s: i for i, s in enumerate(symbols)}
    merges = []
    for _ in range(20 * count):
        if len(merges) == count:
            break
        left, right = rng.choice(list(vocab)), rng.choice(list(vocab))
        if suffix and left.endswith(suffix):
            continue
        if prefix and not right.startswith(prefix):
            continue
        joined = left + right[len(prefix):]
        if (left, right) in merges or len(joined) > 12:
            continue
        vocab.setdefault(joined, len(vocab))
        merges.append((left, right))
    return vocab, merges


def bpe_models(rng):
    for i in range(16):
        prefix = "##" if i in (3, 9) else ""
        suffix = "</w>" if i in (4, 9) else ""
        known = rng.sample(LETTERS, rng.randint(3, 8))
        symbols = [p + k + s for k in known for p in {"", prefix} for s in {"", suffix}]
        vocab, merges = merged_vocab(rng, sorted(symbols), prefix, suffix, rng.randint(3, 40))
        if i % 3 != 2:
            vocab["<unk>"] = len(vocab)
        if i in (5, 6, 7, 8):  # the last of them lacks bytes
            for byte in range(256 if i != 8 else 0xE0):
                vocab[f"<0x{byte:02X}>"] = len(vocab)
        if i == 10:  # holes
            vocab = {token: 7 * j + 3 for token, j in vocab.items()}
        yield {
            "type": "BPE",
            "dropout": None,
            "unk_token": "<unk>" if i % 3 != 2 or i == 11 else None,
            "continuing_subword_prefix": prefix or None,
            "end_of_word_suffix": suffix or None,
            "fuse_unk": i % 2 == 1,
            "byte_fallback": i in (5, 6, 7, 8),
            "ignore_merges": i in (6, 12),
            "vocab": vocab,
            "merges": [list(m) for m in merges] if i % 2 else [" ".join(m) for m in merges],
        }


def byte_characters():
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in printable]
    table = {b: chr(b) for b in printable} | {b: chr(256 + i) for i, b in enumerate(others)}
    return [table[b] for b in range(256)]


def byte_level_models(rng):
    characters = byte_characters()
    frequent = [characters[b] for b in " ab.é日".encode()]
    for i in range(4):
        # Merges among the frequent ones, so that texts meet them.
        vocab, merges = merged_vocab(rng, frequent, "", "", 60)
        for c in characters:
            vocab.setdefault(c, len(vocab))
        yield {
            "type": "BPE",
            "unk_token": None,
            "ignore_merges": i == 1,
            "vocab": vocab,
            "merges": [list(m) for m in merges],
        }, ["".join(characters[b] for b in c.encode()) for c in " ab.é日x"]


def unigram_models(rng):
    for i in range(14):
        known = rng.sample(LETTERS, rng.randint(3, 9))
        pieces = {some_text(rng, known, 5) for _ in range(rng.randint(5, 60))} - {""}
        # Scores of few values make ties; of many digits, last-bit differences.
        scores = [-1.0, -2.0, -3.0, -2.5] if i % 2 else [-7.123456789012345, -3.2919998168945312, -0.1]
        vocab = [[p, rng.choice(scores)] for p in sorted(pieces)]
        vocab.insert(rng.randint(0, len(vocab)), ["<unk>", 0.0])
        if i == 3:  # a piece twice
            vocab.append([vocab[0][0], -1.25])
        if i in (4, 5):
            vocab += [[f"<0x{b:02X}>", -9.0] for b in range(256 if i == 4 else 0xE0)]
        if i == 6:  # so high that joined unknowns may be a piece
            vocab = [[p, s + 60] for p, s in vocab]
        yield {
            "type": "Unigram",
            "unk_id": None if i == 7 else [p for p, _ in vocab].index("<unk>"),
            "byte_fallback": i in (4, 5),
            "vocab": vocab,
        }


def word_level_models(rng):
    for i in range(3):
        words = sorted({some_text(rng, LETTERS, 3) for _ in range(30)} | ({"<unk>"} if i else set()))
        yield {"type": "WordLevel", "unk_token": "<unk>", "vocab": {w: j for j, w in enumerate(words)}}


def tokenized(model, text):
    try:
        return [[t.id, *t.offsets] for t in model.tokenize(text)]
    except Exception:  # the binding raises a bare Exception
        return None


def write(name, rng, models):
    entries = []
    for entry in models:
        model, letters = entry if isinstance(entry, tuple) else (entry, LETTERS)
        # Held while its model is used: the model belongs to it.
        tokenizer = Tokenizer.from_str(json.dumps({"version": "1.0", "model": model}))
        texts = [some_text(rng, letters, 12) for _ in range(CASES)]
        texts += ["<unk>", "a<unk>b", some_text(rng, letters, 150), "a" * 70]
        texts = list(dict.fromkeys(texts))
        entries.append({"model": model, "cases": [[t, tokenized(tokenizer.model, t)] for t in texts]})
    lines = ",\n".join(json.dumps(e, ensure_ascii=False, separators=(",", ":")) for e in entries)
    (OUT / f"{name}.json").write_text(f"[{lines}]\n", encoding="utf-8")
    cases = list(itertools.chain.from_iterable(e["cases"] for e in entries))
    print(f"{name}: {len(entries)} models, {len(cases)} cases, {sum(r is None for _, r in cases)} errors")


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    rng = random.Random(20240607)
    write("word_piece", rng, word_piece_models(rng))
    write("bpe", rng, bpe_models(rng))
    write("byte_level_bpe", rng, byte_level_models(rng))
    write("unigram", rng, unigram_models(rng))
    write("word_level", rng, word_level_models(rng))


if __name__ == "__main__":
    main()
