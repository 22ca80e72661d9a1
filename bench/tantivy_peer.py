"""Tantivy beside lexical_bench: the same words and queries, written by it.

  tantivy_peer.py [DIRECTORY (default /tmp)]     needs `pip install tantivy`
"""
import os
import shutil
import sys
import time

import tantivy

base = sys.argv[1] if len(sys.argv) > 1 else "/tmp"
directory = base + "/lexical_bench.tantivy"
shutil.rmtree(directory, ignore_errors=True)
os.mkdir(directory)
builder = tantivy.SchemaBuilder()
builder.add_unsigned_field("key", stored=True)
builder.add_text_field("body", tokenizer_name="whitespace", index_option="freq")
index = tantivy.Index(builder.build(), path=directory)

start = time.perf_counter()
writer = index.writer(heap_size=512_000_000, num_threads=1)
with open(base + "/lexical_bench.words", encoding="utf-8") as lines:
    for line in lines:
        key, words = line.rstrip("\n").split("\t", 1)
        writer.add_document(tantivy.Document(key=int(key), body=words))
writer.commit()
writer.wait_merging_threads()
print(f"tantivy {tantivy.__version__}: indexed in {time.perf_counter() - start:.0f} s (no analysis)")

index.reload()
searcher = index.searcher()
with open(base + "/lexical_bench.queries", encoding="utf-8") as lines:
    queries = [line.split() for line in lines]
for name, occur in (("any", tantivy.Occur.Should), ("all", tantivy.Occur.Must)):
    seconds = []
    for words in queries:
        terms = [(occur, tantivy.Query.term_query(index.schema, "body", word, "freq")) for word in words]
        query = tantivy.Query.boolean_query(terms)
        start = time.perf_counter()
        searcher.search(query, 10, count=False)
        seconds.append(time.perf_counter() - start)
    seconds.sort()
    at = lambda share: seconds[int(share * (len(seconds) - 1))] * 1e3
    print(f"tantivy: two words, {name}: p50 {at(0.5):.3f}  p95 {at(0.95):.3f}  p99 {at(0.99):.3f}  max {at(1):.3f} ms")
