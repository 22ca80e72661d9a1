"""Kindred's encoder beside its peers on the same texts, the same machine, in one run.

Every contender is a process of its own, loaded and warm before the first round; rounds go through
the contenders in turn, so that a drift of the machine's speed meets them all. Printed: the median
over rounds, the ratio to the best peer, and the mean cosine of the vectors with sentence-transformers'. Kindred's time includes its tokenisation; that of peers
which take ids does not.

Usage: encoders.py --model DIR --titles FILE --long FILE --queries FILE --contender PROGRAM --cache DIR
                   [--rounds 5] [--threads 2] [--json FILE]
"""
import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

import numpy as np

PEERS = ["openvino-fp32", "openvino-bf16", "openvino-int8", "onnxruntime-fp32", "onnxruntime-int8",
         "ctranslate2-fp32", "ctranslate2-int8", "llama.cpp-fp32", "llama.cpp-int8", "sentence-transformers-fp32"]
OURS = ["kindred-fp32", "kindred-bf16", "kindred-int8"]


class Contender:
    """A child process that answers one JSON line for each line written to it."""

    def __init__(self, name, args, file, mode):
        self.name = name
        if name in OURS:
            command = [args.contender, args.model, file, name.removeprefix("kindred-"), str(args.threads), mode]
        else:
            peer = [sys.executable, str(Path(__file__).with_name("encoder_peer.py")), name, args.model, file, str(args.threads)]
            subprocess.run([*peer, "prepare", args.cache], capture_output=True)
            command = [*peer, mode, args.cache]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.ready = self.answer()
        if name in OURS and mode != "latency":
            self.ready["cosine"] = our_cosine(name.removeprefix("kindred-"), args, file)

    def answer(self):
        while line := self.process.stdout.readline():
            if line.startswith("{"):
                return json.loads(line)
        raise RuntimeError(self.process.stderr.read().strip().splitlines()[-1:] or ["ended without a word"])

    def run(self):
        self.process.stdin.write("run\n")
        self.process.stdin.flush()
        return self.answer()

    def peak_memory_mb(self):
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def our_cosine(precision, args, file):
    out = Path(args.cache) / f"kindred-{precision}.npy"
    program = Path(args.contender).with_name("kindred")
    subprocess.run([program, "embed", args.model, file, "--precision", precision, "-o", out, "-q"], check=True)
    return float((np.load(out) * np.load(Path(args.cache) / "vectors.npy")).sum(1).mean())


def start(args, file, mode):
    subprocess.run([sys.executable, str(Path(__file__).with_name("encoder_peer.py")), "sentence-transformers-fp32", args.model, file, str(args.threads), "vectors", args.cache], check=True, capture_output=True)
    contenders = []
    for name in OURS + PEERS:
        if args.only and not any(word in name for word in args.only.split(",")):
            continue
        try:
            contenders.append(Contender(name, args, file, mode))
        except RuntimeError as error:
            print(f"  {name}: not measured ({error})", flush=True)
    return contenders


def duration(answer):
    return answer["seconds"] if "seconds" in answer else sum(answer["latencies_ms"])


def measure(args, title, file, mode):
    print(f"\n{title}", flush=True)
    contenders = start(args, file, mode)
    # The first round warms up. Whoever is twice as slow in it as the best peer is measured once.
    first = {contender.name: duration(contender.run()) for contender in contenders}
    best_peer = min((took for name, took in first.items() if name not in OURS), default=float("inf"))
    rounds = {contender.name: [] for contender in contenders}
    for number in range(args.rounds):
        for contender in contenders:
            if number == 0 or first[contender.name] < 2 * best_peer:
                rounds[contender.name].append(contender.run())
    rows = {}
    for contender in contenders:
        answers = rounds[contender.name]
        row = {"memory_mb": contender.peak_memory_mb(), "cosine": contender.ready.get("cosine"), "version": contender.ready.get("version"), "setting": contender.ready.get("setting")}
        if mode == "latency":
            took = sorted(value for answer in answers for value in answer["latencies_ms"])
            row.update(p50_ms=took[len(took) // 2], p95_ms=took[int(len(took) * 0.95)])
        else:
            row["tokens_per_second"] = statistics.median(answer["tokens"] / answer["seconds"] for answer in answers)
        rows[contender.name] = row
        contender.close()
    show(rows, mode)
    return rows


FAITHFUL = 0.99  # the mean cosine with the reference that a shop accepts for 8-bit weights


def show(rows, mode):
    key, best = ("p50_ms", min) if mode == "latency" else ("tokens_per_second", max)
    peers = {name: row for name, row in rows.items() if name not in OURS}
    faithful = [row[key] for row in peers.values() if row["cosine"] is None or row["cosine"] >= FAITHFUL]
    reference = best(faithful) if faithful else float("nan")
    print(f"  {'contender':28}{key:>18}{'/ best peer':>13}{'cosine':>9}{'peak MB':>9}  version, setting")
    for name, row in rows.items():
        mark = " *" if name in peers and row[key] == reference else ""
        cosine = "" if row["cosine"] is None else f"{row['cosine']:.5f}"
        print(f"  {name + mark:28}{row[key]:18,.2f}{row[key] / reference:13.2f}{cosine:>9}{row['memory_mb']:9.0f}  {row['version'] or ''} {row['setting'] or ''}")
    print(f"  *: the best peer whose vectors keep a mean cosine of {FAITHFUL} with the reference's")
    print(f"  smallest peer's peak memory: {min((row['memory_mb'] for row in peers.values()), default=float('nan')):.0f} MB", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for flag in ("model", "titles", "long", "queries", "contender", "cache"):
        parser.add_argument(f"--{flag}", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", default="", help="comma-separated words: only contenders whose name holds one")
    parser.add_argument("--json", help="also write the figures here")
    args = parser.parse_args()
    results = {
        "titles": measure(args, "Product titles, tokens/s", args.titles, "throughput"),
        "128 tokens": measure(args, "Texts of 128 tokens, tokens/s", args.long, "throughput"),
        "one query": measure(args, "One query of 8 tokens, milliseconds", args.queries, "latency"),
    }
    if args.json:
        Path(args.json).write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
