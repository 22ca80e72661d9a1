#!/usr/bin/env python3
"""Writes tests/golden/mteb: a small retrieval task as repositories on a hub hold them, in Parquet.

  hub/     MTEB's: corpus/, queries/ and default/, the corpus in two shards, ids as numbers, titles that are null
  c-mteb/  C-MTEB's: all in data/, with a hash behind the shard, judgements as qid, pid, score

Usage: make_retrieval_datasets.py   (needs pyarrow)
"""
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

OUT = Path(__file__).resolve().parent.parent / "golden" / "mteb"


def write(name: str, columns: dict) -> None:
    path = OUT / name
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)


def main() -> None:
    write("hub/corpus/corpus-00000-of-00002.parquet", {"_id": pa.array([1, 2]), "title": pa.array(["Teapot", None]), "text": pa.array(["It is red.", "防水背包"])})
    write("hub/corpus/corpus-00001-of-00002.parquet", {"_id": pa.array([3]), "title": pa.array([None], pa.string()), "text": pa.array(["Zapatillas de correr"])})
    write("hub/queries/queries-00000-of-00001.parquet", {"_id": pa.array([10, 11, 12]), "text": pa.array(["teapot", "书包", "unjudged"]), "language": pa.array(["en", "zh", "en"])})
    for split, score in (("dev", 1.0), ("test", 2.0)):
        write(f"hub/default/{split}-00000-of-00001.parquet", {"query-id": pa.array([10, 11]), "corpus-id": pa.array([1, 2]), "score": pa.array([score, 0.5])})
    write("c-mteb/data/corpus-00000-of-00001-8afe7b7a7eca49e3.parquet", {"id": pa.array(["d1", "d2"]), "text": pa.array(["红茶壶", "背包"])})
    write("c-mteb/data/queries-00000-of-00001-930bf3b805a80dd9.parquet", {"id": pa.array(["q1"]), "text": pa.array(["茶壶"])})
    write("c-mteb/data/dev-00000-of-00001-92ed0416056ff7e1.parquet", {"qid": pa.array(["q1"]), "pid": pa.array(["d1"]), "score": pa.array([1])})


main()
