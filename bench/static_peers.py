"""What other programs take for what static_bench measures: one JSON line, as static_bench prints.

Usage: static_peers.py encode PEER MODEL TITLES [SECONDS]   PEER fasttext, model2vec or sentence-transformers
       static_peers.py nearest FILE QUERIES                 gensim's most_similar, FILE in word2vec's binary format
       static_peers.py analogies FILE QUESTIONS             gensim's evaluate_word_analogies over the whole vocabulary
"""
import json
import statistics
import sys
import time


def encoder(peer: str, model: str):
    if peer == "fasttext":
        import fasttext
        loaded = fasttext.load_model(model)
        return lambda titles: [loaded.get_sentence_vector(t) for t in titles]
    if peer == "model2vec":
        from model2vec import StaticModel
        loaded = StaticModel.from_pretrained(model)
        return lambda titles: loaded.encode(titles, batch_size=1024, use_multiprocessing=False)
    from sentence_transformers import SentenceTransformer
    loaded = SentenceTransformer(model, device="cpu")
    return lambda titles: loaded.encode(titles, batch_size=1024, show_progress_bar=False)


def encode(peer: str, model: str, file: str, seconds: float) -> dict:
    run = encoder(peer, model)
    titles = open(file, encoding="utf-8").read().splitlines()
    best, start = 1e30, time.perf_counter()
    while True:
        begin = time.perf_counter()
        run(titles)
        best = min(best, time.perf_counter() - begin)
        if time.perf_counter() - start > seconds:
            return {"titles_s": round(len(titles) / best), "titles": len(titles)}


def gensim_vectors(file: str):
    from gensim.models import KeyedVectors
    return KeyedVectors.load_word2vec_format(file, binary=True)


def nearest(file: str, queries: int) -> dict:
    vectors = gensim_vectors(file)
    vectors.fill_norms()
    times = []
    for q in range(queries):
        word = vectors.index_to_key[q * (len(vectors) // queries)]
        begin = time.perf_counter()
        vectors.most_similar(word, topn=10)
        times.append(time.perf_counter() - begin)
    return {"ms": round(statistics.median(times) * 1e3, 2)}


def analogies(file: str, questions: str) -> dict:
    vectors = gensim_vectors(file)
    begin = time.perf_counter()
    _, sections = vectors.evaluate_word_analogies(questions, restrict_vocab=len(vectors))
    seconds = time.perf_counter() - begin
    correct = len(sections[-1]["correct"])
    return {"seconds": round(seconds, 2), "correct": correct, "asked": correct + len(sections[-1]["incorrect"])}


if __name__ == "__main__":
    what = sys.argv[1]
    if what == "encode":
        print(json.dumps(encode(sys.argv[2], sys.argv[3], sys.argv[4], float(sys.argv[5]) if len(sys.argv) > 5 else 5.0)))
    elif what == "nearest":
        print(json.dumps(nearest(sys.argv[2], int(sys.argv[3]))))
    else:
        print(json.dumps(analogies(sys.argv[2], sys.argv[3])))
