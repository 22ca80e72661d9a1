#!/usr/bin/env python3
"""Writes tests/golden/added_tokens.json: small tokenizers with random added tokens, and the ids and offsets that
`tokenizers` gives.

    python tests/reference/make_added_token_goldens.py [CASES [OUTPUT]]

Needs requirements-reference.txt."""
import json
import pathlib
import random
import sys

from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers

OUTPUT = pathlib.Path(__file__).parents[1] / "golden" / "added_tokens.json"
CONTENTS = ["\n", " ", "\n\n", "a", "ab", "abc", "b", "B", "é", "E", "É", "e", "\u0301", "<x>", "<X>", "x", "[M]", "a b", " a", "a ", "_", "中", "\t",
            "1", "b\n", "ba"]
PIECES = ["a", "b", "ab", "abc", " ", "  ", "\n", "\n\n", "é", "E", "e\u0301", "<x>", "<X>", "x", "[M]", "_", "中", ".", "\t", "1", "B", "c"]
NORMALIZERS = [None, normalizers.Lowercase(), normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents()]),
               normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents(), normalizers.Lowercase()]),
               normalizers.Replace(" ", "_"), normalizers.Strip(), normalizers.Prepend("_")]
PRE_TOKENIZERS = [None, pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Split(Regex("."), "isolated"), pre_tokenizers.Metaspace(),
                  pre_tokenizers.BertPreTokenizer(), pre_tokenizers.ByteLevel(add_prefix_space=True)]


def make(number):
    rng = random.Random(number)
    vocab = {"[UNK]": 0}
    for token in rng.sample(["a", "b", "ab", "\n", " ", "c", "é", "e", "x", "_", "▁", "Ġ", "中", "abc", "1", ".", "B", "<", ">"], 12):
        vocab[token] = len(vocab) if rng.random() < 0.9 else len(vocab) + 20
    tokenizer = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]", continuing_subword_prefix="") if rng.random() < 0.5
                          else models.WordLevel(vocab, unk_token="[UNK]"))
    normalizer, pre_tokenizer = rng.choice(NORMALIZERS), rng.choice(PRE_TOKENIZERS)
    if normalizer:
        tokenizer.normalizer = normalizer
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizer
    flag = lambda: rng.random() < 0.4
    for content in rng.sample(CONTENTS, rng.randint(1, 5)):
        token = AddedToken(content, lstrip=flag(), rstrip=flag(), single_word=rng.random() < 0.25, normalized=rng.random() < 0.6)
        tokenizer.add_special_tokens([token]) if flag() else tokenizer.add_tokens([token])
    definition = json.loads(tokenizer.to_str())
    case = {"tokenizer": definition, "texts": [], "ids": [], "offsets": []}
    if normalizer:  # of two tokens with one text the reference takes either
        sought = [normalizer.normalize_str(t["content"]) for t in definition["added_tokens"] if t["normalized"]]
        if len(set(sought)) < len(sought) or "" in sought:  # nor does it get along well with a token of nothing
            return None
    for _ in range(5):
        # The reference panics where a token lies inside of the white space that another took.
        text = "".join(rng.choice(PIECES) for _ in range(rng.randint(1, 9)))
        try:
            encoding = Tokenizer.from_str(json.dumps(definition)).encode(text)
        except BaseException:
            continue
        case["texts"].append(text)
        case["ids"].append(encoding.ids)
        case["offsets"].append([list(span) for span in encoding.offsets])
    return case


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 160
    output = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else OUTPUT
    cases = [case for number in range(count) if (case := make(number))]
    output.write_text(json.dumps(cases, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(len(cases), "cases", output.stat().st_size, "bytes")


main()
