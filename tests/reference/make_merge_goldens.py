#!/usr/bin/env python3
"""Writes tests/golden/merge: small models of one architecture and what numpy makes of them merged.

  a, b       two BERTs of random weights in float32: some tensors near one another, some apart, some zero in one
  c, d       a in bfloat16, b in float16
  expected.safetensors   <case>/<tensor>: average (1 : 3) and slerp (t = 0.3) of a and b in float32,
                         average_bf16 of c and d in bfloat16, slerp_f16 of d and c (t = 0.3) in float16

Usage: make_merge_goldens.py   (needs numpy, torch, transformers, safetensors)
"""
import json
import shutil
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertModel

OUT = Path(__file__).resolve().parent.parent / "golden" / "merge"
TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "b", "c", "red", "shoe", "##s", "blue", "fox"]


def slerp(a: np.ndarray, b: np.ndarray, t: float) -> np.ndarray:
    """Of tensors as one vector each, in float64."""
    x, y = a.astype(np.float64).ravel(), b.astype(np.float64).ravel()
    lengths = np.linalg.norm(x), np.linalg.norm(y)
    cosine = np.dot(x, y) / (lengths[0] * lengths[1]) if min(lengths) > 1e-8 else 0.0
    if abs(cosine) > 0.9995:
        return ((1 - t) * x + t * y).reshape(a.shape)
    angle = np.arccos(np.clip(cosine, -1, 1))
    return ((np.sin((1 - t) * angle) * x + np.sin(t * angle) * y) / np.sin(angle)).reshape(a.shape)


def tokenizer() -> dict:
    special = [{"id": i, "content": t, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True} for i, t in enumerate(TOKENS[:4])]
    return {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": special,
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True, "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
        "decoder": None,
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": {t: i for i, t in enumerate(TOKENS)}},
    }


def main() -> None:
    torch.manual_seed(11)
    shutil.rmtree(OUT, ignore_errors=True)
    config = BertConfig(vocab_size=len(TOKENS), hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=12, max_position_embeddings=16)
    model = BertModel(config, add_pooling_layer=False)
    a = {name: torch.randn_like(value) * 0.2 for name, value in model.state_dict().items() if value.is_floating_point()}
    b = {}
    for i, (name, value) in enumerate(a.items()):
        b[name] = value + 1e-3 * torch.randn_like(value) if i % 3 == 0 else torch.randn_like(value) * 0.2
        if i % 7 == 6:
            b[name] = torch.zeros_like(value)
    sets = {"a": a, "b": b, "c": {n: v.bfloat16() for n, v in a.items()}, "d": {n: v.half() for n, v in b.items()}}
    for name, tensors in sets.items():
        (OUT / name).mkdir(parents=True)
        save_file(tensors, OUT / name / "model.safetensors", metadata={"format": "pt"})
        (OUT / name / "config.json").write_text(json.dumps(config.to_diff_dict() | {"architectures": ["BertModel"], "model_type": "bert", "vocab_size": len(TOKENS), "hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 12, "max_position_embeddings": 16}, indent=2))
        (OUT / name / "tokenizer.json").write_text(json.dumps(tokenizer()))
    expected = {}
    for name in a:
        x, y = a[name].numpy(), b[name].numpy()
        expected[f"average/{name}"] = torch.from_numpy((0.25 * x.astype(np.float64) + 0.75 * y).astype(np.float32))
        expected[f"slerp/{name}"] = torch.from_numpy(slerp(x, y, 0.3).astype(np.float32))
        x, y = sets["c"][name].float().numpy(), sets["d"][name].float().numpy()
        expected[f"average_bf16/{name}"] = torch.from_numpy((0.25 * x + 0.75 * y).astype(np.float32)).bfloat16()
        expected[f"slerp_f16/{name}"] = torch.from_numpy(slerp(y, x, 0.3).astype(np.float32)).half()
    save_file(expected, OUT / "expected.safetensors")


if __name__ == "__main__":
    main()
