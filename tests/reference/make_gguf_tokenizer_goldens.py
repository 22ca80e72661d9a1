#!/usr/bin/env python3
"""Writes tests/golden/gguf_tokenizers: small tokenizers as llama.cpp's converter stores them in GGUF,
beside the tokenizer.json that they come from and its ids.

    pip install gguf==0.19.0 tokenizers==0.23.3
    tests/reference/make_gguf_tokenizer_goldens.py

For each NAME: NAME.gguf (metadata only) and NAME.json: {"tokenizer": the original, "cases": [[text, ids] …]}.
"""

import base64
import json
import pathlib
import random

import gguf
import numpy as np
from gguf import TokenType
from tokenizers import Tokenizer

from make_token_model_goldens import byte_characters, merged_vocab

OUT = pathlib.Path(__file__).resolve().parent.parent / "golden" / "gguf_tokenizers"
QWEN = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
LLAMA3 = QWEN.replace(r"\p{N}| ?", r"\p{N}{1,3}| ?")
TEXTS = [
    "", " ", "a", "the cat sat on the mat", "The Cat's 12345 mats,  don't!\n\n x", "caf\u00e9 cafe\u0301",
    "\u65e5\u672c\u8a9e the", "\U0001f600 ok", "<s>the</s> [SEP] x", "<|end|>the<|tool|>", "  two  spaces ", "1234567 the\tat",
]


def special(i, content, is_special=True):
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    return {"id": i, "content": content, **flags, "special": is_special}


def template(begin, end, type_id, between, ids):
    def token(t, i):
        return {"SpecialToken": {"id": t, "type_id": i}}

    single = [token(begin, 0)] * bool(begin) + [{"Sequence": {"id": "A", "type_id": 0}}] + [token(end, 0)] * bool(end)
    pair = single + [token(between, type_id)] * bool(between)
    pair += [{"Sequence": {"id": "B", "type_id": type_id}}] + [token(end, type_id)] * bool(end)
    used = {t: {"id": t, "ids": [ids[t]], "tokens": [t]} for t in (begin, end) if t}
    return {"type": "TemplateProcessing", "single": single, "pair": pair, "special_tokens": used}


def tokenizer(model, normalizer, pre_tokenizer, post_processor, added):
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": added, "normalizer": normalizer,
        "pre_tokenizer": pre_tokenizer, "post_processor": post_processor, "decoder": None, "model": model,
    }


def write(name, original, kind, tokens, types, extra):
    writer = gguf.GGUFWriter(OUT / f"{name}.gguf", "llama")
    writer.add_tokenizer_model(kind)
    writer.add_token_list(tokens)
    writer.add_token_types(types)
    extra(writer)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    reference = Tokenizer.from_str(json.dumps(original))
    cases = [[t, reference.encode(t).ids] for t in TEXTS]
    text = json.dumps({"tokenizer": original, "cases": cases}, ensure_ascii=False, separators=(",", ":"))
    (OUT / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    print(name, len(tokens), "tokens")


def byte_bpe(rng, name, pre, normalizer, pre_tokenizer, ignore_merges, add_bos, add_eos):
    letters = byte_characters()
    frequent = [letters[b] for b in b" theacsn12"]
    vocab, merges = merged_vocab(rng, frequent, "", "", 80)
    for c in letters:
        vocab.setdefault(c, len(vocab))
    added = [special(len(vocab), "<|end|>"), special(len(vocab) + 1, "<|tool|>", False)]
    vocab |= {a["content"]: a["id"] for a in added}
    end = "<|end|>"
    post = template(end if add_bos else None, end if add_eos else None, 1, end if add_bos else None, vocab)
    model = {
        "type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
        "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": ignore_merges,
        "vocab": vocab, "merges": [" ".join(m) for m in merges],
    }
    types = [TokenType.NORMAL] * (len(vocab) - 2) + [TokenType.CONTROL, TokenType.USER_DEFINED]

    def extra(writer):
        if pre:
            writer.add_tokenizer_pre(pre)
        writer.add_token_merges(model["merges"])
        writer.add_bos_token_id(vocab[end])
        writer.add_eos_token_id(vocab[end])
        if add_bos != ignore_merges:  # else the file leaves the default
            writer.add_add_bos_token(add_bos)
        writer.add_add_eos_token(add_eos)

    original = tokenizer(model, normalizer, pre_tokenizer, post if add_bos or add_eos else None, added)
    write(name, original, "gpt2", list(vocab), types, extra)


def byte_level(use_regex):
    return {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": use_regex}


def sequence(*parts):
    return {"type": "Sequence", "pretokenizers": list(parts)}


def isolated(regex):
    return {"type": "Split", "pattern": {"Regex": regex}, "behavior": "Isolated", "invert": False}


def byte_bpes(rng):
    digits = {"type": "Digits", "individual_digits": True}
    byte_bpe(rng, "smollm", "smollm", None, sequence(digits, byte_level(True)), False, False, False)
    byte_bpe(rng, "gpt-2", "gpt-2", None, byte_level(True), False, False, False)
    qwen = sequence(isolated(QWEN), byte_level(False))
    byte_bpe(rng, "qwen2", "qwen2", {"type": "NFC"}, qwen, False, False, True)
    byte_bpe(rng, "llama-bpe", "llama-bpe", None, sequence(isolated(LLAMA3), byte_level(False)), True, True, False)
    default = sequence(
        isolated(r"[\p{P}\$\+<=>\^~\|]+"), byte_level(True), isolated(r"\p{N}+"), isolated("[0-9][0-9][0-9]")
    )
    byte_bpe(rng, "default", None, None, default, False, False, False)


def sentencepiece(rng):
    """Merges from scores, by the rule of transformers' converter, written down a second time."""
    tokens = ["<unk>", "<s>", "</s>"] + [f"<0x{b:02X}>" for b in range(256)]
    chars = list("\u2581theacsnomd,'") + ["\u65e5", "\u00e9"]
    pieces, _ = merged_vocab(rng, chars, "", "", 60)
    tokens += list(pieces)
    scores = [0.0] * 259 + [float(-(i // 3)) for i in range(len(pieces))]  # ties
    ids = {t: i for i, t in enumerate(tokens)}
    merges = []
    for token, score in list(zip(tokens, scores))[259:]:
        cuts = [(token[:i], token[i:]) for i in range(1, len(token))]
        known = [c for c in cuts if ids.get(c[0], 0) > 258 and ids.get(c[1], 0) > 258]
        merges += [(score, *c) for c in sorted(known, key=lambda c: (ids[c[0]], ids[c[1]]))]
    merges.sort(key=lambda m: (m[0], len(m[1]), len(m[2])), reverse=True)
    model = {
        "type": "BPE", "dropout": None, "unk_token": "<unk>", "continuing_subword_prefix": None,
        "end_of_word_suffix": None, "fuse_unk": True, "byte_fallback": True, "ignore_merges": False,
        "vocab": ids, "merges": [list(m[1:]) for m in merges],
    }
    normalizer = {
        "type": "Sequence",
        "normalizers": [
            {"type": "Prepend", "prepend": "\u2581"},
            {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"},
        ],
    }
    types = [TokenType.UNKNOWN, TokenType.CONTROL, TokenType.CONTROL] + [TokenType.BYTE] * 256
    types += [TokenType.NORMAL] * len(pieces)
    added = [special(i, tokens[i]) for i in range(3)]
    original = tokenizer(model, normalizer, None, template("<s>", None, 1, "<s>", ids), added)
    write("llama", original, "llama", tokens, types, lambda w: w.add_token_scores(scores))


def word_piece():
    words = "the cat sat on mat ##s ##at ' 1 ##2 ##3 a ##b ca ##fe caf ##é x , ! [ ] ##] \u65e5 \u2581 ##\u2581".split()
    special_tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokens = special_tokens + words
    ids = {t: i for i, t in enumerate(tokens)}

    def stored(i, token):
        if i < 5:
            return token
        return token[2:] if token.startswith("##") else "\u2581" + token

    model = {
        "type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 100, "vocab": ids,
    }
    normalizer = {
        "type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": True,
        "lowercase": True,
    }
    post = template("[CLS]", "[SEP]", 1, None, ids)
    added = [special(i, t) for i, t in enumerate(special_tokens)]
    original = tokenizer(model, normalizer, {"type": "BertPreTokenizer"}, post, added)
    types = [TokenType.CONTROL] * 5 + [TokenType.NORMAL] * len(words)

    def extra(writer):
        writer.add_bos_token_id(2)
        writer.add_unk_token_id(1)
        writer.add_sep_token_id(3)

    write("bert", original, "bert", [stored(i, t) for i, t in enumerate(tokens)], types, extra)


def unigram(rng):
    pieces = ["<s>", "<pad>", "</s>", "<unk>"]
    chars = list("\u2581theacsnomd,'123") + ["\u65e5", "\u00e9"]
    words, _ = merged_vocab(rng, chars, "", "", 60)
    pieces += list(words)
    scores = [0.0] * 4 + [float(np.float32(-2 - 8 * rng.random())) for _ in words]
    model = {
        "type": "Unigram", "unk_id": 3, "byte_fallback": False, "vocab": [list(p) for p in zip(pieces, scores)],
    }
    # A charsmap that maps nothing: a double array whose units all belong to no byte.
    charsmap = (1024).to_bytes(4, "little") + bytes(1024)
    normalizer = {
        "type": "Sequence",
        "normalizers": [
            {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(charsmap).decode()},
            {"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "},
        ],
    }
    metaspace = {"type": "Metaspace", "replacement": "\u2581", "prepend_scheme": "always", "split": True}
    ids = {p: i for i, p in enumerate(pieces)}
    added = [special(i, pieces[i]) for i in range(4)]
    original = tokenizer(model, normalizer, metaspace, template("<s>", "</s>", 0, "</s>", ids), added)
    types = [TokenType.CONTROL] * 3 + [TokenType.UNKNOWN] + [TokenType.NORMAL] * len(words)
    fill = 3  # rows of the embedding that no piece has

    def extra(writer):
        writer.add_token_scores(scores + [-10000.0] * fill)
        writer.add_bos_token_id(0)
        writer.add_eos_token_id(2)
        writer.add_unk_token_id(3)
        writer.add_add_bos_token(True)
        writer.add_add_eos_token(True)
        writer.add_remove_extra_whitespaces(True)
        writer.add_precompiled_charsmap(charsmap)

    tokens = pieces + [f"[PAD{i}]" for i in range(fill)]
    write("t5", original, "t5", tokens, types + [TokenType.UNUSED] * fill, extra)


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    rng = random.Random(5)
    byte_bpes(rng)
    sentencepiece(rng)
    word_piece()
    unigram(rng)


if __name__ == "__main__":
    main()
