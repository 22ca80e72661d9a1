#!/usr/bin/env python3
"""Writes tests/golden/tokenizers: what Hugging Face `tokenizers` makes of many texts.

    python tests/reference/make_tokenizer_goldens.py [--models models]

fuzz/seeds/tokenizer gets some of them for the fuzzer. components.json has small tokenizers, one for each component of the format and its options, and for
each of the texts a digest of the result. real.json has the same for the real tokenizers that
scripts/models lays out; they are found by name and left as they were where one is absent.
"""
import argparse
import hashlib
import json
import struct
from pathlib import Path

from tokenizers import Tokenizer

import tokenizer_cases as cases

HERE = Path(__file__).resolve().parent
OUT = HERE.parent / "golden" / "tokenizers"


def words(numbers):
    return struct.pack(f"<{len(numbers)}I", *numbers)


def digest_of(encodings):
    """SHA-256 over, for each text: the number of tokens, ids, offsets, type ids, special mask."""
    sha = hashlib.sha256()
    for e in encodings:
        sha.update(words([len(e.ids)] + e.ids + [x for pair in e.offsets for x in pair] + e.type_ids +
                         e.special_tokens_mask))
    return sha.hexdigest()


def ids_digest(encodings):
    """SHA-256 over, for each text: the number of tokens and the ids."""
    sha = hashlib.sha256()
    for e in encodings:
        sha.update(words([len(e.ids)] + e.ids))
    return sha.hexdigest()


def encode(tokenizer, text):
    """None where the Rust code panics."""
    try:
        return tokenizer.encode(*text) if isinstance(text, tuple) else tokenizer.encode(text)
    except BaseException as error:  # a panic is no Exception
        if isinstance(error, KeyboardInterrupt):
            raise
        return None


def one(tokenizer, text):
    encoding = encode(tokenizer, text)
    return digest_of([encoding])[:12] if encoding is not None else None


def open_tokenizer(definition):
    tokenizer = Tokenizer.from_str(json.dumps(definition))
    tokenizer.no_padding()
    return tokenizer


def components():
    texts = [raw.decode("utf-8", "replace") for raw in cases.TEXTS]
    random_texts = cases.random_texts(2000)
    every_character = cases.every_character()
    out = []
    for case in cases.CASES:
        definition = dict(case["tokenizer"], model=cases.MODELS[case["tokenizer"]["model"]])
        tokenizer = open_tokenizer(definition)
        result = {"name": case["name"], "tokenizer": case["tokenizer"]}
        result["texts"] = [one(tokenizer, text) for text in texts]
        result["pairs"] = [one(tokenizer, pair) for pair in zip(texts, texts[1:])]
        encodings = [encode(tokenizer, text) for text in random_texts]
        result["random"] = digest_of([e for e in encodings if e is not None])
        result["random_panics"] = [i for i, e in enumerate(encodings) if e is None]
        if case.get("every_character"):
            result["every_character_digest"] = ids_digest(tokenizer.encode_batch_fast(every_character))
        out.append(result)
        print(case["name"], len(result["random_panics"]), "panics", flush=True)
    return {"texts": [raw.hex() for raw in cases.TEXTS], "ranges": cases.RANGES, "models": cases.MODELS, "cases": out}


def real(models, old):
    texts = [raw.decode("utf-8", "replace") for raw in cases.TEXTS + cases.LONG_TEXTS]
    out = dict(old.get("tokenizers", {}))
    for name, definition in cases.real_tokenizers(models):
        tokenizer = open_tokenizer(definition)
        tokenizer.no_truncation()
        added = [t.content for t in tokenizer.get_added_tokens_decoder().values()]
        around = [cases.with_added_tokens([token]) for token in added[:40]]
        mixed = texts + sum(around, [])
        out[name] = {
            "texts": [one(tokenizer, text) for text in mixed],
            "pairs": digest_of(tokenizer.encode_batch(list(zip(texts, texts[1:])))),
            "random": digest_of(tokenizer.encode_batch(cases.random_texts(20000))),
            "every_character": ids_digest(tokenizer.encode_batch_fast(cases.every_character())),
            "vocab_size": tokenizer.get_vocab_size(),
            "added_texts": [[text.encode().hex() for text in group] for group in around],
        }
        print(name, flush=True)
    return {"tokenizers": out}


def write(name, value):
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / name).write_text(json.dumps(value, ensure_ascii=True, indent=0, separators=(",", ":")) + "\n")


def write_seeds():
    directory = HERE.parent.parent / "fuzz" / "seeds" / "tokenizer"
    directory.mkdir(parents=True, exist_ok=True)
    chosen = [case for i, case in enumerate(cases.CASES) if i % 4 == 0 or "Precompiled" in case["name"]]
    for number, case in enumerate(chosen):
        used = {key: value for key, value in case["tokenizer"].items() if value}
        definition = json.dumps(dict(used, model=cases.MODELS["words"]), separators=(",", ":"), ensure_ascii=False)
        text = b" ".join(cases.TEXTS[number % 20 :: 20])
        (directory / f"{number:02}").write_bytes(definition.encode() + b"\1" + text)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path, default=HERE.parent.parent / "models")
    arguments = parser.parse_args()
    write_seeds()
    write("components.json", components())
    path = OUT / "real.json"
    write("real.json", real(arguments.models, json.loads(path.read_text()) if path.exists() else {}))


if __name__ == "__main__":
    main()
