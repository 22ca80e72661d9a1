"""Hugging Face `tokenizers` in the place of bench/tokenizer_bench.cc.

Usage: tokenizer_peer.py TOKENIZER_JSON FILE THREADS [SECONDS]
One JSON line: {"mb_s": …, "tokens_s": …, "tokens": …, "threads": …}: the best pass of encode_batch_fast
over the lines of FILE, without padding or truncation.
"""
import json
import os
import sys
import time


def main():
    path, file, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
    limit = float(sys.argv[4]) if len(sys.argv) > 4 else 3.0
    os.environ["TOKENIZERS_PARALLELISM"] = "true" if threads > 1 else "false"
    os.environ["RAYON_NUM_THREADS"] = str(threads)
    from tokenizers import Tokenizer, __version__

    tokenizer = Tokenizer.from_file(path)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    data = open(file, "rb").read()
    lines = data.decode("utf-8", "replace").split("\n")
    if not lines[-1]:
        lines.pop()
    batches = [lines[i : i + 1024] for i in range(0, len(lines), 1024)]
    best, tokens, start = None, 0, time.perf_counter()
    while best is None or time.perf_counter() - start < limit:
        seconds, tokens = 0.0, 0
        for batch in batches:
            begin = time.perf_counter()
            encodings = tokenizer.encode_batch_fast(batch)
            seconds += time.perf_counter() - begin
            tokens += sum(map(len, encodings))
        best = seconds if best is None else min(best, seconds)
    print(json.dumps({"mb_s": round(len(data) / best / 1e6, 2), "tokens_s": round(tokens / best), "tokens": tokens,
                      "threads": threads, "version": __version__}))


main()
