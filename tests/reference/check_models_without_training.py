#!/usr/bin/env python3
"""Holds models that Kindred made without training against sentence-transformers, transformers and numpy, live.

  project   every method: sentence-transformers loads the model, and its vectors are those that numpy and scikit-learn
            make of the old model's vectors, to 1e-5; the program's own are the same
  merge     of the model and a copy with noise: average and slerp against numpy, tensor by tensor
  distill   sentence-transformers loads the table; its vectors and the program's are the same
  prune     transformers loads the tokenizer and sentence-transformers the model: the same tokens by name, and vectors
            equal to the old model's to 1e-6 (one text at a time, float32)

Usage: check_models_without_training.py PROGRAM MODEL TEXTS   (needs sentence-transformers, transformers, numpy)
"""
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file, save_file
from sentence_transformers import SentenceTransformer
from transformers import AutoTokenizer

PROGRAM, MODEL, TEXTS = sys.argv[1:4]
LINES = [line for line in Path(TEXTS).read_text().splitlines() if line.strip()][:600]


def run(*words: str) -> str:
    return subprocess.run([PROGRAM, *words], check=True, capture_output=True, text=True).stdout


def own_vectors(model: str, work: Path, texts: list[str]) -> np.ndarray:
    (work / "texts.txt").write_text("".join(t + "\n" for t in texts))
    run("embed", model, str(work / "texts.txt"), "-o", str(work / "vectors.npy"))
    vectors = np.load(work / "vectors.npy")
    (work / "vectors.npy").unlink()
    return vectors


def st_vectors(model: str, texts: list[str], batch: int = 32) -> np.ndarray:
    return SentenceTransformer(model, device="cpu").encode(texts, batch_size=batch, convert_to_numpy=True)


def unit(x: np.ndarray) -> np.ndarray:
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def report(what: str, difference: float, limit: float) -> None:
    print(f"{what:40} {difference:.2e} {'ok' if difference <= limit else 'TOO LARGE'}")
    if difference > limit:
        sys.exit(1)


def check_project(work: Path) -> None:
    fit = work / "fit.txt"
    fit.write_text("".join(t + "\n" for t in LINES))
    before = st_vectors(MODEL, LINES).astype(np.float64)
    centred = before - before.mean(axis=0)
    u, s, _ = np.linalg.svd(np.cov(before.T))
    n = 64
    wanted = {
        "center": centred,
        "pca": centred @ u[:, :n],
        "whiten": centred @ (u @ np.diag(1 / np.sqrt(s)))[:, :n],
        "all-but-the-top": centred - centred @ u[:, :3] @ u[:, :3].T,
    }
    for method, vectors in wanted.items():
        output = str(work / method)
        extra = ["--dimensions", str(n)] if method in ("pca", "whiten") else ["--remove", "3"] if method.startswith("all") else []
        run("project", MODEL, str(fit), "-o", output, "--method", method, *extra)
        after = st_vectors(output, LINES)
        vectors = unit(vectors)
        signs = np.sign((after * vectors).sum(axis=0)) if extra[:1] == ["--dimensions"] else np.ones(vectors.shape[1])
        report(f"project {method}, numpy", np.abs(after - vectors * signs).max(), 1e-5)
        report(f"project {method}, program", np.abs(after - own_vectors(output, work, LINES)).max(), 1e-5)


def check_merge(work: Path) -> None:
    other = work / "noisy"
    shutil.copytree(MODEL, other)
    random = np.random.default_rng(5)
    a = load_file(Path(MODEL) / "model.safetensors")
    b = {k: (v + random.normal(size=v.shape).astype(np.float32) * (0.5 * v.std() if v.size > 1 else 0)).astype(v.dtype) if v.dtype == np.float32 else v for k, v in a.items()}
    (other / "model.safetensors").unlink()
    save_file(b, other / "model.safetensors", metadata={"format": "pt"})
    for method in ("average", "slerp"):
        output = work / method
        run("merge", MODEL, str(other), "-o", str(output), "--method", method, "--weights", "0.7,0.3")
        merged = load_file(output / "model.safetensors")
        worst = 0.0
        for name in merged:
            x, y = a[name].astype(np.float64).ravel(), b[name].astype(np.float64).ravel()
            lengths = np.linalg.norm(x), np.linalg.norm(y)
            cosine = x @ y / (lengths[0] * lengths[1]) if min(lengths) > 1e-8 else 0.0
            if method == "average" or abs(cosine) > 0.9995:
                wanted = 0.7 * x + 0.3 * y
            else:
                angle = np.arccos(cosine)
                wanted = (np.sin(0.7 * angle) * x + np.sin(0.3 * angle) * y) / np.sin(angle)
            if a[name].dtype == np.float32:
                worst = max(worst, np.abs(merged[name].ravel() - wanted).max())
        report(f"merge {method}", worst, 1e-6)
        SentenceTransformer(str(output), device="cpu")


def check_distill(work: Path) -> None:
    output = str(work / "distilled")
    run("distill", MODEL, "-o", output)
    texts = [t for t in LINES if len(t) > 3]
    report("distill, sentence-transformers", np.abs(st_vectors(output, texts) - own_vectors(output, work, texts)).max(), 1e-5)


def check_prune(work: Path) -> None:
    keep = work / "keep.txt"
    keep.write_text("".join(t + "\n" for t in LINES))
    output = str(work / "pruned")
    print(json.loads(run("vocabulary", "prune", MODEL, "--keep-from", str(keep), "--characters", "used", "-o", output, "--json")))
    old, new = AutoTokenizer.from_pretrained(MODEL), AutoTokenizer.from_pretrained(output)
    for text in LINES:
        assert old.convert_ids_to_tokens(old(text)["input_ids"]) == new.convert_ids_to_tokens(new(text)["input_ids"]), text
    for name in ("pad_token", "cls_token", "sep_token", "mask_token", "unk_token"):
        assert getattr(old, name) == getattr(new, name), name
        if getattr(new, name) is not None:
            assert new.convert_ids_to_tokens(new.convert_tokens_to_ids(getattr(new, name))) == getattr(new, name), name
    some = LINES[:60]
    report("prune, sentence-transformers", np.abs(st_vectors(MODEL, some, 1) - st_vectors(output, some, 1)).max(), 1e-6)
    assert (own_vectors(MODEL, work, LINES) == own_vectors(output, work, LINES)).all()
    print("prune: the program's vectors are the same bits")


def main() -> None:
    torch.set_num_threads(2)
    for check in (check_project, check_merge, check_distill, check_prune):
        with tempfile.TemporaryDirectory() as work:
            check(Path(work))


if __name__ == "__main__":
    main()
