"""Cuts a generated catalogue into the three inputs of bench/encoders.py.

Usage: texts.py CATALOGUE.jsonl TOKENIZER.json OUT_DIR
Writes titles.txt (1,000 English titles), long.txt (200 texts of 126 to 128 tokens, template tokens
included) and queries.txt (200 queries of exactly 8 tokens).
"""
import json
import sys
from pathlib import Path

from tokenizers import Tokenizer

TITLES, LONG, QUERIES = 1000, 200, 200


def main():
    catalogue, tokenizer_file, out = sys.argv[1], sys.argv[2], Path(sys.argv[3])
    tokenizer = Tokenizer.from_file(tokenizer_file)
    tokenizer.no_truncation()
    tokenizer.no_padding()

    def count(text):
        return len(tokenizer.encode(text).ids)

    titles, queries, long = [], [], []
    words = []
    for line in open(catalogue, encoding="utf-8"):
        product = json.loads(line)
        title = product["titles"]["en"]
        titles.append(title)
        start = title.split()
        for end in range(1, len(start) + 1):
            if count(" ".join(start[:end])) == 8:
                queries.append(" ".join(start[:end]))
                break
        for word in f"{title} {product['descriptions']['en']}".split():
            if count(" ".join(words + [word])) > 128:
                long.append(" ".join(words))
                words = []
            words.append(word)
        if min(len(titles) - TITLES, len(queries) - QUERIES, len(long) - LONG) >= 0:
            break
    out.mkdir(parents=True, exist_ok=True)
    for name, texts, most in (("titles", titles, TITLES), ("queries", queries, QUERIES), ("long", long, LONG)):
        (out / f"{name}.txt").write_text("".join(text + "\n" for text in texts[:most]), encoding="utf-8")


if __name__ == "__main__":
    main()
