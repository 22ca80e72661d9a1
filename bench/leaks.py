"""Near-duplicates between two splits: kindred prepare check beside datasketch's MinHashLSH.

Usage: leaks.py KINDRED OUT_DIR [TRAIN [TEST]]     (1,000,000 and 10,000 texts unless given)
Texts are made up: 6 to 12 words of a vocabulary whose words come up as Zipf's law has it. Of the
test texts half are new, two in ten are training texts, three in ten training texts with one or two
words replaced. Both get the same shingles (4 characters with a blank at both ends) and the same
least similarity of 0.8; both index the test split and ask for the training texts. What each finds
is held against the exact similarity of the pairs that were made. Prints seconds, texts a second,
peak memory and the share found. Needs bench/leaks_requirements.txt.
"""
import json
import random
import resource
import subprocess
import sys
import time
from pathlib import Path

LEAST = 0.8


def shingles(text):
    padded = f" {text} "
    return {padded[i : i + 4] for i in range(len(padded) - 3)}


def jaccard(a, b):
    a, b = shingles(a), shingles(b)
    return len(a & b) / len(a | b)


def texts(train_count, test_count):
    rng = random.Random(1)
    letters = "abcdefghijklmnopqrstuvwxyz"
    vocabulary = list({"".join(rng.choices(letters, k=rng.randint(3, 9))) for _ in range(30000)})
    vocabulary.sort()
    weights = [1 / (rank + 10) for rank in range(len(vocabulary))]
    total, cumulative = 0.0, []
    for weight in weights:
        total += weight
        cumulative.append(total)

    def text():
        return " ".join(rng.choices(vocabulary, cum_weights=cumulative, k=rng.randint(6, 12)))

    train = [text() for _ in range(train_count)]
    test, made = [], []
    for i in range(test_count):
        kind = i % 10
        original = rng.choice(train)
        if kind < 5:
            test.append(text())
        elif kind < 7:
            test.append(original)
        else:
            words = original.split()
            for _ in range(rng.randint(1, 2)):
                words[rng.randrange(len(words))] = rng.choice(vocabulary)
            test.append(" ".join(words))
            if test[-1] != original and jaccard(original, test[-1]) >= LEAST:
                made.append((original, test[-1]))
    return train, test, made


def write(path, rows):
    with open(path, "w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps({"anchor": row, "source": "bench"}) + "\n")


def report(name, seconds, count, memory, found, made):
    print(f"{name:12} {seconds:8.1f} s {count / seconds:12,.0f} texts/s {memory / 1024:8.0f} MiB"
          f"   {found} of {made} near-duplicates")


def with_kindred(kindred, out, train, test, made):
    begin = time.monotonic()
    command = [kindred, "prepare", "check", f"train={out}/train.jsonl", f"test={out}/test.jsonl",
               "--kind", "near", "--samples", "1000000", "--json"]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    seconds = time.monotonic() - begin
    pairs = {(leak["first"]["text"], leak["second"]["text"])
             for leak in json.loads(result.stdout)["samples"]}
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    report("kindred", seconds, len(train) + len(test), memory,
           sum(pair in pairs for pair in made), len(made))
    return pairs


def with_datasketch(train, test, made):
    from datasketch import MinHash, MinHashLSH

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.monotonic()

    def signature(text):
        minhash = MinHash(num_perm=128)
        minhash.update_batch([shingle.encode() for shingle in shingles(text)])
        return minhash

    index = MinHashLSH(threshold=LEAST, num_perm=128)
    for number, text in enumerate(test):
        index.insert(number, signature(text))
    pairs = set()
    for text in train:
        for number in index.query(signature(text)):
            pairs.add((text, test[number]))
    seconds = time.monotonic() - begin
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    report("datasketch", seconds, len(train) + len(test), memory,
           sum(pair in pairs for pair in made), len(made))


def main():
    kindred, out = sys.argv[1], Path(sys.argv[2])
    train_count = int(sys.argv[3]) if len(sys.argv) > 3 else 1_000_000
    test_count = int(sys.argv[4]) if len(sys.argv) > 4 else 10_000
    out.mkdir(parents=True, exist_ok=True)
    train, test, made = texts(train_count, test_count)
    write(out / "train.jsonl", train)
    write(out / "test.jsonl", test)
    with_kindred(kindred, out, train, test, made)
    # The peer gets a tenth of the training texts: its rate is the same, and its time is not.
    part = train[: max(len(train) // 10, 1)]
    known = set(part)
    with_datasketch(part, test, [pair for pair in made if pair[0] in known])


if __name__ == "__main__":
    main()
