"""gensim, fastText and the original word2vec C beside 'kindred vectors train', for bench/word_vectors.sh.

word_vectors_peers.py compare PART… --corpora FOLDER --work FOLDER [--kindred PROGRAM] [--quick]
word_vectors_peers.py train TOOL CORPUS OUT [settings]     one run; prints {"seconds", "vocabulary_seconds"}
word_vectors_peers.py loss OUT… --held-out TEXT            the evaluator here, for runs of any tool

A run's OUT is a folder with words.txt, input.npy, counts.npy and, where the tool gives it, output.npy. Every run is a
process of its own; tools take turns. Words a second are the words of the corpus times epochs by the time of training
alone: the scan for the vocabulary is timed apart. gensim: build_vocab and train are two calls; fastText: a run with no
epochs is what the scan takes; word2vec: from its first report of progress to its last, as it flushes them.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

TOOLS = ("kindred", "gensim", "fasttext", "word2vec")
EVALUATED_WORDS = 50_000
NEGATIVES = 5


class Settings:
    """One training's settings, the same for every tool."""

    def __init__(self, **given):
        self.kind, self.loss, self.dimensions, self.window, self.negatives = "skip-gram", "negatives", 100, 5, 5
        self.subsample, self.min_count, self.epochs, self.threads, self.seed, self.subwords = 1e-3, 5, 1, 2, 1, False
        self.__dict__.update(given)

    def but(self, **given):
        return Settings(**{**self.__dict__, **given})

    @property
    def rate(self):
        return 0.025 if self.kind == "skip-gram" else 0.05

    def __str__(self):
        text = f"{self.kind} {self.dimensions}-d"
        text += " hierarchical softmax" if self.loss == "hs" else ""
        text += " 3–6-grams" if self.subwords else ""
        return text + f", {self.epochs} epoch{'s' * (self.epochs > 1)}, {self.threads} thread{'s' * (self.threads > 1)}"


# ---- one run of a tool ----

def save(out, words, counts, inputs, outputs=None):
    out.mkdir(parents=True, exist_ok=True)
    (out / "words.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    np.save(out / "counts.npy", np.asarray(counts, dtype=np.int64))
    np.save(out / "input.npy", np.ascontiguousarray(inputs, dtype=np.float32))
    if outputs is not None:
        np.save(out / "output.npy", np.ascontiguousarray(outputs, dtype=np.float32))


def train_gensim(corpus, out, s):
    from gensim.models import Word2Vec
    start = time.perf_counter()
    model = Word2Vec(vector_size=s.dimensions, window=s.window, sg=s.kind == "skip-gram", hs=s.loss == "hs",
                     negative=0 if s.loss == "hs" else s.negatives, sample=s.subsample, min_count=s.min_count, alpha=s.rate,
                     workers=s.threads, seed=s.seed, epochs=s.epochs)
    model.build_vocab(corpus_file=str(corpus))
    scanned = time.perf_counter()
    model.train(corpus_file=str(corpus), total_words=model.corpus_total_words, total_examples=model.corpus_count, epochs=s.epochs)
    seconds = time.perf_counter() - scanned
    words = model.wv.index_to_key
    save(out, words, [model.wv.get_vecattr(word, "count") for word in words], model.wv.vectors,
         model.syn1neg if s.loss != "hs" else None)
    return {"seconds": seconds, "vocabulary_seconds": scanned - start}


def train_fasttext(corpus, out, s):
    import fasttext

    def train(epochs):
        start = time.perf_counter()
        model = fasttext.train_unsupervised(
            str(corpus), model="skipgram" if s.kind == "skip-gram" else "cbow", lr=s.rate, dim=s.dimensions, ws=s.window, epoch=epochs,
            minCount=s.min_count, minn=3 if s.subwords else 0, maxn=6 if s.subwords else 0, neg=s.negatives,
            loss="hs" if s.loss == "hs" else "ns", thread=s.threads, t=s.subsample, verbose=0)
        return model, time.perf_counter() - start

    _, scan = train(0)
    model, seconds = train(s.epochs)
    words, counts = model.get_words(include_freq=True, on_unicode_error="replace")
    inputs = model.get_input_matrix()[:len(words)] if not s.subwords else np.stack([model.get_word_vector(word) for word in words])
    save(out, words, counts, inputs, model.get_output_matrix() if s.loss != "hs" else None)
    return {"seconds": seconds - scan, "vocabulary_seconds": scan}


def train_word2vec(corpus, out, s):
    program = Path(sys.executable).with_name("word2vec")
    out.mkdir(parents=True, exist_ok=True)
    vectors, counts = out / "vectors.bin", out / "vocabulary.txt"
    command = [program, "-train", corpus, "-output", vectors, "-save-vocab", counts, "-size", s.dimensions, "-window", s.window,
               "-sample", s.subsample, "-hs", int(s.loss == "hs"), "-negative", 0 if s.loss == "hs" else s.negatives,
               "-threads", s.threads, "-iter", s.epochs, "-min-count", s.min_count, "-alpha", s.rate, "-binary", 1,
               "-cbow", int(s.kind == "cbow"), "-debug", 2]
    start = time.perf_counter()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE)
    first = last = None
    while block := os.read(process.stdout.fileno(), 1 << 16):
        if b"Alpha" in block:
            last = time.perf_counter()
            first = first or last
    if process.wait() != 0 or first is None:
        raise SystemExit(f"word2vec ended with {process.returncode}")
    from gensim.models import KeyedVectors
    model = KeyedVectors.load_word2vec_format(str(vectors), fvocab=str(counts), binary=True, unicode_errors="replace")
    save(out, model.index_to_key, [model.get_vecattr(word, "count") for word in model.index_to_key], model.vectors)
    vectors.unlink()
    return {"seconds": last - first, "vocabulary_seconds": first - start}


def train_kindred(corpus, out, s, program):
    out.mkdir(parents=True, exist_ok=True)
    model = out / "model.bin"
    command = [program, "vectors", "train", corpus, "-o", model, f"--{s.kind}", "--dimensions", s.dimensions, "--window", s.window,
               "--subsample", s.subsample, "--min-count", s.min_count, "--epochs", s.epochs, "--threads", s.threads, "--seed", s.seed,
               "--json"]
    command += ["--hierarchical-softmax"] if s.loss == "hs" else ["--negatives", s.negatives]
    command += ["--ngrams", "3-6"] if s.subwords else []
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"kindred ended with {done.returncode}: {done.stderr.strip()}")
    told = json.loads(done.stdout.strip().splitlines()[-1])
    if not s.subwords and s.loss != "hs":
        import fasttext
        read = fasttext.load_model(str(model))
        words, counts = read.get_words(include_freq=True, on_unicode_error="replace")
        save(out, words, counts, read.get_input_matrix()[:len(words)], read.get_output_matrix())
    return {"seconds": told["seconds"], "vocabulary_seconds": told["read_seconds"],
            "words_per_second": told["words_per_second"]}


# ---- what a run is worth ----

class Run:
    """A run's words and matrices, by words."""

    def __init__(self, folder):
        self.words = (folder / "words.txt").read_text(encoding="utf-8").split("\n")[:-1]
        self.number = {word: n for n, word in enumerate(self.words)}
        self.counts = np.load(folder / "counts.npy").astype(float)
        self.inputs = np.load(folder / "input.npy")
        self.outputs = np.load(folder / "output.npy") if (folder / "output.npy").exists() else None
        lengths = np.linalg.norm(self.inputs, axis=1, keepdims=True)
        self.units = self.inputs / np.maximum(lengths, 1e-12)


def log_sigmoid(x):
    return -np.logaddexp(0.0, -x)


def held_out_loss(run, text, kind, window=5, limit=EVALUATED_WORDS):
    """The mean over pairs (skip-gram) or centres (CBOW) of -log s(u·v) - sum over NEGATIVES of log s(-u_k·v): all pairs within
    the window, no sub-sampling, words out of the vocabulary left out before windows are made. Negatives are drawn
    from counts^0.75, the target left out, in the order of the words by count and spelling, so that they are the same for
    every tool."""
    order = sorted((n for n in range(len(run.words)) if run.words[n] != "</s>"), key=lambda n: (-run.counts[n], run.words[n]))
    order = np.array(order)
    share = np.cumsum(run.counts[order] ** 0.75)
    random = np.random.default_rng(1)

    def draw(shape):
        return order[np.searchsorted(share, random.random(shape) * share[-1], side="right").clip(0, len(order) - 1)]

    known = {run.words[n] for n in order}
    total, count, read = 0.0, 0, 0
    with open(text, encoding="utf-8") as lines:
        for line in lines:
            ids = np.array([run.number[word] for word in line.split() if word in known], dtype=np.int64)
            read += len(ids)
            if len(ids) < 2:
                continue
            gaps = np.abs(np.arange(len(ids))[:, None] - np.arange(len(ids))[None, :])
            near = (gaps > 0) & (gaps <= window)
            if kind == "cbow":
                inputs = (near @ run.inputs[ids]) / near.sum(1, keepdims=True)
                centre = ids
            else:
                centre_at, context_at = np.nonzero(near)
                inputs, centre = run.inputs[ids[context_at]], ids[centre_at]
            drawn = draw((len(centre), NEGATIVES))
            while (same := drawn == centre[:, None]).any():
                drawn[same] = draw(int(same.sum()))
            total -= log_sigmoid(np.einsum("nd,nd->n", inputs, run.outputs[centre])).sum()
            total -= log_sigmoid(-np.einsum("nd,nkd->nk", inputs, run.outputs[drawn])).sum()
            count += len(centre)
            if read >= limit:
                break
    return total / count


def gensim_file(name):
    import gensim
    return Path(gensim.__file__).parent / "test" / "test_data" / name


def analogies(run, most=30000):
    """Share of questions answered first by 3CosAdd among the `most` most frequent words, and how many were asked."""
    keep = np.argsort(-run.counts, kind="stable")[:most]
    units, number = run.units[keep], {run.words[n]: place for place, n in enumerate(keep)}
    questions = []
    for line in gensim_file("questions-words.txt").read_text().lower().splitlines():
        words = line.split()
        if line[:1] != ":" and len(words) == 4 and all(word in number for word in words):
            questions.append([number[word] for word in words])
    if not questions:
        return 0.0, 0
    asked, right = np.array(questions), 0
    for begin in range(0, len(asked), 512):
        a, b, c, d = asked[begin:begin + 512].T
        scores = (units[b] - units[a] + units[c]) @ units.T
        for given in (a, b, c):
            scores[np.arange(len(a)), given] = -np.inf
        right += int((scores.argmax(1) == d).sum())
    return right / len(asked), len(asked)


def similarity(run, name):
    """Spearman's correlation with people's judgements, and how many pairs are known."""
    from scipy.stats import spearmanr
    ours, theirs = [], []
    for line in gensim_file(name).read_text().splitlines():
        parts = line.lower().split("\t")
        if line.startswith("#") or len(parts) < 3 or parts[0] not in run.number or parts[1] not in run.number:
            continue
        ours.append(float(run.units[run.number[parts[0]]] @ run.units[run.number[parts[1]]]))
        theirs.append(float(parts[2]))
    return (float(spearmanr(ours, theirs).statistic) if len(ours) > 2 else 0.0), len(ours)


def neighbours(run, words, k=10):
    at = np.array([run.number[word] for word in words])
    scores = run.units[at] @ run.units.T
    scores[np.arange(len(at)), at] = -np.inf
    return [{run.words[n] for n in row} for row in np.argpartition(-scores, k, axis=1)[:, :k]]


def overlap(a, b, sample=500):
    common = sorted(word for word in set(a.words) & set(b.words) if a.counts[a.number[word]] >= 100)
    words = [common[n] for n in np.random.default_rng(2).permutation(len(common))[:sample]]
    return float(np.mean([len(x & y) / 10 for x, y in zip(neighbours(a, words), neighbours(b, words))]))


# ---- the comparison ----

class Comparison:
    def __init__(self, options):
        self.options, self.results = options, []
        self.tools = [tool for tool in TOOLS if tool in options.only.split(",") and (tool != "kindred" or self.has_kindred())]

    def has_kindred(self):
        program = self.options.kindred
        if not program or not Path(program).exists():
            return False
        done = subprocess.run([program, "vectors", "train", "--help"], capture_output=True)
        if done.returncode != 0:
            print("kindred: this program has no 'vectors train'; the peers alone are measured")
        return done.returncode == 0

    def corpus(self, name, words=None):
        """The corpus, or its first `words` words, and its number of words."""
        path = Path(self.options.corpora) / f"{name}.txt"
        part = Path(self.options.work) / f"{name}-{words or 'all'}.txt"
        if words and not part.exists():
            part.parent.mkdir(parents=True, exist_ok=True)
            taken = 0
            with open(path, "rb") as source, open(part.with_suffix(".partial"), "wb") as target:
                for line in source:
                    target.write(line)
                    taken += len(line.split())
                    if taken >= words:
                        break
            part.with_suffix(".partial").rename(part)
        path = part if words else path
        with open(path, "rb") as source:
            return path, sum(len(line.split()) for line in source)

    def run(self, tool, corpus, words, settings, keep=None):
        """One training in a process of its own; keep: the folder that stays."""
        out = keep or Path(self.options.work) / "run"
        shutil.rmtree(out, ignore_errors=True)
        command = [sys.executable, __file__, "train", tool, str(corpus), str(out), "--settings", json.dumps(settings.__dict__),
                   "--kindred", self.options.kindred or ""]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            print(f"{tool:9} failed: {(done.stderr.strip().splitlines() or ['no message'])[-1]}", flush=True)
            return None
        result = json.loads(done.stdout.strip().splitlines()[-1])
        result.update(tool=tool, corpus=corpus.name, words=words, rate=words * settings.epochs / result["seconds"], settings=settings.__dict__)
        self.results.append(result)
        return result

    def speed(self, corpus, words, settings, rounds, tools=None):
        """Words a second of every tool, the best of its rounds, and ours by the best peer."""
        tools = [tool for tool in tools or self.tools if not (settings.subwords and tool in ("gensim", "word2vec"))]
        print(f"== {corpus.name}, {words / 1e6:.1f} M words: {settings}", flush=True)
        rates, scans = {}, {}
        for _ in range(rounds):
            for tool in tools:
                if result := self.run(tool, corpus, words, settings):
                    rates.setdefault(tool, []).append(result["rate"])
                    scans.setdefault(tool, []).append(result["vocabulary_seconds"])
        best_peer = max((max(values) for tool, values in rates.items() if tool != "kindred"), default=0.0)
        for tool, values in rates.items():
            line = f"{tool:9} {max(values):>12,.0f} words/s (median {statistics.median(values):,.0f}), vocabulary {min(scans[tool]):.1f} s"
            if best_peer:
                line += f", {max(values) / best_peer:.2f} × the best peer"
            print(line, flush=True)
        return rates

    def part_speed(self):
        quick = self.options.quick
        corpus, words = self.corpus("fr-definitions", 3_000_000 if quick else None)
        for kind in ("skip-gram", "cbow"):
            self.speed(corpus, words, Settings(kind=kind), 3)
            if not quick:
                self.speed(corpus, words, Settings(kind=kind, dimensions=300), 2)
                self.speed(corpus, words, Settings(kind=kind, loss="hs"), 1)
                self.speed(corpus, words, Settings(kind=kind, subwords=True), 1)

    def part_zipf(self):
        corpus, words = self.corpus("zipf", self.options.zipf_words)
        for kind in ("skip-gram", "cbow"):
            self.speed(corpus, words, Settings(kind=kind), 1)
            self.losses(corpus, words, "zipf", Settings(kind=kind), (1,))

    def part_scaling(self):
        corpus, words = self.corpus("fr-definitions", 3_000_000)
        for kind in ("skip-gram", "cbow"):
            one, two = (self.speed(corpus, words, Settings(kind=kind, threads=threads), 2) for threads in (1, 2))
            for tool in one:
                if tool in two:
                    print(f"{tool:9} two threads: {max(two[tool]) / max(one[tool]):.2f} × one")

    def part_loss(self):
        corpus, words = self.corpus("fr-definitions")
        for kind in ("skip-gram", "cbow"):
            self.losses(corpus, words, "fr-definitions", Settings(kind=kind), (1, 2, 3, 4, 5))

    def losses(self, corpus, words, name, settings, epochs):
        """Held-out loss by epochs, and the time of training to the loss that all tools reach."""
        held_out = Path(self.options.corpora) / f"{name}.heldout.txt"
        print(f"== held-out loss, {corpus.name}: {settings.kind} {settings.dimensions}-d", flush=True)
        curves = {}
        for count in epochs:
            for tool in self.tools:
                if tool == "word2vec":  # gives no output matrix
                    continue
                out = Path(self.options.work) / "loss"
                result = self.run(tool, corpus, words, settings.but(epochs=count), out)
                if result is None:
                    continue
                loss = held_out_loss(Run(out), held_out, settings.kind, settings.window)
                result["loss"] = loss
                curves.setdefault(tool, []).append((result["seconds"], loss))
                print(f"{tool:9} {count} epochs: loss {loss:.4f} after {result['seconds']:.1f} s of training", flush=True)
        if not curves:
            return
        target = max(min(loss for _, loss in curve) for curve in curves.values())
        for tool, curve in curves.items():
            print(f"{tool:9} loss {target:.4f} after {time_to(curve, target):.1f} s", flush=True)

    def part_quality(self):
        corpus = Path(self.options.work) / "english.txt"
        parts = [Path(self.options.corpora) / f"{name}.txt" for name in ("en-debian", "en-big", "libreoffice-en")]
        with open(corpus, "wb") as target:
            for part in parts:
                target.write(part.read_bytes())
        words = sum(len(line.split()) for line in open(corpus, "rb"))
        for kind in ("skip-gram", "cbow"):
            self.quality(corpus, words, Settings(kind=kind, epochs=5))

    def quality(self, corpus, words, settings):
        print(f"== quality on English, {words / 1e6:.1f} M words: {settings}, five seeds, mean ± 95 % interval", flush=True)
        first = {}
        orders = [rotated(corpus, seed) for seed in range(1, 6)]
        for tool in self.tools:
            values = {"analogies": [], "wordsim353": [], "simlex999": []}
            for seed, order in enumerate(orders, 1):
                out = Path(self.options.work) / "quality" / f"{tool}-{seed}"
                if self.run(tool, order, words, settings.but(seed=seed), out) is None:
                    break
                run = Run(out)
                values["analogies"].append(analogies(run))
                values["wordsim353"].append(similarity(run, "wordsim353.tsv"))
                values["simlex999"].append(similarity(run, "simlex999.txt"))
                first.setdefault(tool, []).append(run)
                first[tool] = first[tool][:2]
                shutil.rmtree(out)
            if values["analogies"]:
                print(f"{tool:9} " + "; ".join(f"{name} {interval([v for v, _ in found])} of {found[0][1]}" for name, found in values.items()),
                      flush=True)
        names = list(first)
        for n, a in enumerate(names):
            if len(first[a]) > 1:
                print(f"neighbours of two seeds of {a}: {overlap(*first[a]):.3f} of ten in common")
            for b in names[n + 1:]:
                print(f"neighbours of {a} and {b}: {overlap(first[a][0], first[b][0]):.3f} of ten in common")


def rotated(corpus, seed):
    """The corpus from another line on: fastText's binding and word2vec take no seed, so seeds are orders too."""
    if seed == 1:
        return corpus
    lines = corpus.read_bytes().splitlines(keepends=True)
    begin = (seed - 1) * len(lines) // 5
    target = corpus.with_name(f"{corpus.stem}-{seed}.txt")
    target.write_bytes(b"".join(lines[begin:] + lines[:begin]))
    return target


def interval(values):
    from scipy.stats import t
    mean = statistics.mean(values)
    half = t.ppf(0.975, len(values) - 1) * statistics.stdev(values) / len(values) ** 0.5 if len(values) > 1 else 0.0
    return f"{mean:.4f} ± {half:.4f}"


def time_to(curve, target):
    """Seconds of training to a loss, linear between runs of more and more epochs; the first run's where that is enough."""
    before = None
    for seconds, loss in sorted(curve):
        if loss <= target + 1e-9:
            if before is None or before[1] <= loss:
                return seconds
            return before[0] + (seconds - before[0]) * (before[1] - target) / (before[1] - loss)
        before = (seconds, loss)
    return float("nan")


def main():
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    compare = commands.add_parser("compare")
    compare.add_argument("parts", nargs="+", choices=("speed", "loss", "quality", "scaling", "zipf"))
    compare.add_argument("--corpora", required=True)
    compare.add_argument("--work", required=True)
    compare.add_argument("--kindred")
    compare.add_argument("--quick", action="store_true")
    compare.add_argument("--only", default=",".join(TOOLS))
    compare.add_argument("--zipf-words", type=int, help="of the stream; all where not given")
    train = commands.add_parser("train")
    train.add_argument("tool", choices=TOOLS)
    train.add_argument("corpus", type=Path)
    train.add_argument("out", type=Path)
    train.add_argument("--settings", default="{}")
    train.add_argument("--kindred")
    loss = commands.add_parser("loss")
    loss.add_argument("runs", nargs="+", type=Path)
    loss.add_argument("--held-out", required=True)
    loss.add_argument("--kind", default="skip-gram")
    options = parser.parse_args()
    if options.command == "train":
        settings = Settings(**json.loads(options.settings))
        if options.tool == "kindred":
            result = train_kindred(options.corpus, options.out, settings, options.kindred)
        else:
            result = globals()[f"train_{options.tool}"](options.corpus, options.out, settings)
        print(json.dumps(result))
        return
    if options.command == "loss":
        for run in options.runs:
            print(f"{run}: {held_out_loss(Run(run), options.held_out, options.kind):.5f}")
        return
    comparison = Comparison(options)
    for part in options.parts:
        getattr(comparison, f"part_{part}")()
        Path(options.work, "results.json").write_text(json.dumps(comparison.results, indent=1) + "\n")


if __name__ == "__main__":
    main()
