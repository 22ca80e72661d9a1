#!/usr/bin/env python3
"""Compares `kindred tokenize MODEL FILE --json` with Hugging Face `tokenizers`, line by line.

    python tests/reference/compare_tokenizers.py MODEL FILE [--program build/release/kindred]

MODEL is a directory with a tokenizer.json, such a file, or a GGUF file of the smollm kind. Ids and offsets
must be equal; the exit status is 1 where a line differs.
"""
import argparse
import itertools
import json
import subprocess
import sys
from pathlib import Path

from tokenizers import Tokenizer

import tokenizer_cases as cases


def open_reference(model):
    if model.suffix == ".gguf":
        tokenizer = Tokenizer.from_str(json.dumps(cases.smollm2(model)))
    else:
        tokenizer = Tokenizer.from_file(str(model / "tokenizer.json" if model.is_dir() else model))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("file", type=Path)
    parser.add_argument("--program", default="build/release/kindred")
    arguments = parser.parse_args()
    reference = open_reference(arguments.model)
    lines = arguments.file.read_bytes().split(b"\n")
    if not lines[-1]:
        lines.pop()
    texts = [line.decode("utf-8", "replace") for line in lines]
    command = [arguments.program, "tokenize", str(arguments.model), str(arguments.file), "--json", "--no-truncation"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    differing = 0
    for start in range(0, len(texts), 4096):
        batch = texts[start : start + 4096]
        for text, want, line in zip(batch, reference.encode_batch(batch), itertools.islice(process.stdout, len(batch)), strict=True):
            got = json.loads(line)
            if got["ids"] == want.ids and [tuple(pair) for pair in got["offsets"]] == want.offsets:
                continue
            differing += 1
            if differing <= 5:
                print(f"differs: {text!r}\n  reference {want.ids} {want.offsets}\n  kindred   {got['ids']} {got['offsets']}")
    rest = process.stdout.read()
    if process.wait() != 0 or rest:
        sys.exit("kindred failed or wrote too many lines")
    print(f"{len(texts)} lines, {differing} differ")
    sys.exit(differing > 0)


main()
