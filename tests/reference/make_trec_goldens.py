#!/usr/bin/env python3
"""Writes tests/golden/trec: what pytrec_eval and ir_measures say of runs and judgements made here.

  qrels.txt, run.txt  TREC's formats: grades from -1 to 3, unjudged documents, equal scores (some only as 32-bit floats),
                      queries that only one of the two has, queries without a relevant document
  qrels.tsv           the same judgements as BEIR writes them
  expected.json       {"1": {query: {metric: value}}, "2": ...} by the least relevant grade, metrics by our names
  identical.json      the same of identical_run.txt and identical_qrels.txt, whose queries are documents, without them

Usage: make_trec_goldens.py   (needs pytrec_eval-terrier==0.5.11, ir_measures==0.4.3)
"""
import json
import random
from pathlib import Path

import ir_measures
import pytrec_eval

OUT = Path(__file__).resolve().parent.parent / "golden" / "trec"
NAMES = {"ndcg": "ndcg", "ndcg_cut": "ndcg", "recall": "recall", "set_recall": "recall", "P": "precision", "set_P": "precision", "map": "map",
         "map_cut": "map", "recip_rank": "mrr", "success": "hit_rate"}
CUTS = "1,3,5,10,100"
DOCUMENTS = [f"d{i}" for i in range(60)] + [f"D-{i}" for i in range(20)] + ["é1", "商品-7", "~", "10", "9"]


def made(rng: random.Random) -> tuple[dict, dict]:
    qrels, run = {}, {}
    for q in range(40):
        query = f"q{q}"
        judged = rng.sample(DOCUMENTS, rng.randint(1, 25))
        grades = [-1, 0, 0, 1, 1, 2, 3] if q % 10 else [-1, 0]
        if q % 13 != 5:
            qrels[query] = {d: rng.choice(grades) for d in judged}
        if q % 11 != 7:
            found = rng.sample(DOCUMENTS, rng.choice([1, 2, 4, 9, 30, 60]))
            style = q % 4
            score = {0: lambda: rng.random() * 30 - 5, 1: lambda: float(rng.randint(0, 3)), 2: lambda: 0.5 + rng.randint(0, 40) * 1e-9,
                     3: lambda: rng.choice([-1e300, 1e300, 1e301, -0.0, 0.0, 1e-320, 2.5])}[style]
            run[query] = {d: score() for d in found}
    return qrels, run


def our_name(name: str) -> str:
    base, _, k = name.rpartition("_")
    return f"{NAMES[base]}@{k}" if k.isdigit() else NAMES[name]


def values(qrels: dict, run: dict, level: int) -> dict:
    measures = {"ndcg", "map", "recip_rank", "set_recall", "set_P", *(f"{m}.{CUTS}" for m in ("ndcg_cut", "recall", "P", "map_cut", "success"))}
    result = pytrec_eval.RelevanceEvaluator(qrels, measures, relevance_level=level).evaluate(run)
    answer = {q: {our_name(m): v for m, v in of.items()} for q, of in result.items() if any(g >= level for g in qrels[q].values())}
    # ir_measures breaks ties in ways of its own, so of the runs without equal scores.
    distinct = {q: found for q, found in run.items() if int(q[1:]) % 4 == 0}
    metrics = [ir_measures.RR(rel=level) @ 3, ir_measures.RR(rel=level) @ 10, ir_measures.Judged @ 5, ir_measures.Judged @ 10]
    for m in ir_measures.iter_calc(metrics, qrels, distinct):
        if m.query_id in answer and m.query_id in distinct:
            answer[m.query_id][f"{'mrr' if m.measure.NAME == 'RR' else 'judged'}@{m.measure['cutoff']}"] = m.value
    return answer


def write_run(name: str, run: dict, rng: random.Random) -> None:
    lines = [f"{q} Q0 {d} {rng.randint(1, 99)} {score!r} a-run" for q, found in run.items() for d, score in found.items()]
    rng.shuffle(lines)
    (OUT / name).write_text("\n".join(lines) + "\n")


def write_qrels(name: str, qrels: dict, separator: str) -> None:
    (OUT / name).write_text("".join(separator.join([q, "0", d, str(g)]) + "\n" for q, of in qrels.items() for d, g in of.items()))


def main() -> None:
    rng = random.Random(11)
    OUT.mkdir(parents=True, exist_ok=True)
    qrels, run = made(rng)
    write_run("run.txt", run, rng)
    write_qrels("qrels.txt", qrels, " ")
    (OUT / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n" + "".join(f"{q}\t{d}\t{g}\n" for q, of in qrels.items() for d, g in of.items()))
    (OUT / "expected.json").write_text(json.dumps({str(level): values(qrels, run, level) for level in (1, 2)}, separators=(",", ":"), sort_keys=True) + "\n")

    same = [f"q{i}" for i in range(0, 48, 4)]  # queries that are documents
    found = {q: {d: (9.0 if d == q else rng.random()) for d in rng.sample(same, 8) + [q]} for q in same}
    judged = {q: {d: rng.randint(0, 2) for d in same if d != q} for q in same}
    write_run("identical_run.txt", found, rng)
    write_qrels("identical_qrels.txt", judged, "\t")
    without = {q: {d: s for d, s in of.items() if d != q} for q, of in found.items()}
    (OUT / "identical.json").write_text(json.dumps({"1": values(judged, without, 1)}, separators=(",", ":"), sort_keys=True) + "\n")


main()
