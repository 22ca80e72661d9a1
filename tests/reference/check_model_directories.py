#!/usr/bin/env python3
"""Holds the vectors of model directories that Kindred wrote (trained models, merged adapters) against
sentence-transformers, live: texts in batches with padding and one by one. The difference is that of the
largest value, relative to it, since vectors need not have length 1.

Usage: check_model_directories.py PROGRAM DIRECTORY...   (needs sentence-transformers, numpy)
"""
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

LIMIT = 1e-4
TEXTS = ["How do I change a tyre?", "你好，世界", "El perro come.", "a", "Comment créer un tableau dans un document et le trier",
         "x = foo(1, 2);  # 12345", " leading  spaces", "ＦＵＬＬ width ﬁ"]


def main() -> None:
    torch.set_num_threads(1)
    program, failed = sys.argv[1], False
    for directory in sys.argv[2:]:
        with tempfile.TemporaryDirectory() as work:
            texts, vectors = Path(work) / "texts.txt", Path(work) / "vectors.npy"
            texts.write_text("".join(t + "\n" for t in TEXTS))
            subprocess.run([program, "embed", directory, str(texts), "-o", str(vectors)], check=True, capture_output=True)
            own = np.load(vectors)
        model = SentenceTransformer(directory, device="cpu")
        worst = max(np.abs(own - model.encode(TEXTS, batch_size=b)).max() for b in (1, 4)) / np.abs(own).max()
        failed |= not worst <= LIMIT
        print(f"{directory:50} {own.shape[1]:5} dimensions, difference {worst:.1e} {'ok' if worst <= LIMIT else 'TOO LARGE'}", flush=True)
    sys.exit(failed)


if __name__ == "__main__":
    main()
