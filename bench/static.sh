#!/usr/bin/env bash
# Word vectors beside their peers: titles a second, neighbours, analogies.
# Usage: bench/static.sh FASTTEXT.bin WORD2VEC.bin STATIC_DIRECTORY TITLES QUESTIONS
#   FASTTEXT.bin      a model of fastText, to be read by both
#   WORD2VEC.bin      word2vec's binary format
#   STATIC_DIRECTORY  a model2vec or sentence-transformers directory
#   TITLES            a text a line;  QUESTIONS a file as questions-words.txt
# PYTHON is an interpreter that has fasttext, gensim and model2vec, SENTENCE one that has
# sentence-transformers, BENCH the built program, THREADS how many.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv-reference/bin/python}
sentence=${SENTENCE:-$python}
bench=${BENCH:-build/release/static_bench}
threads=${THREADS:-$(nproc)}
if [ $# -ne 5 ]; then
  sed -n '3p' "$0" >&2
  exit 2
fi
export OMP_NUM_THREADS=$threads TOKENIZERS_PARALLELISM=true

row() { # WHAT OURS THEIRS FIELD PEER
  "$python" - "$@" <<'END'
import json, sys
what, ours, theirs, field, peer = sys.argv[1], json.loads(sys.argv[2]), json.loads(sys.argv[3]), sys.argv[4], sys.argv[5]
a, b = ours[field], theirs[field]
print(f"{what:<34} {a:>14,} {b:>14,} {field:<9} {peer:<22} {a / b if field == 'titles_s' else b / a:>8.1f}×", flush=True)
if "correct" in ours:
    assert ours["asked"] == theirs["asked"] and abs(ours["correct"] - theirs["correct"]) <= 2, (ours, theirs)
END
}

printf '%-34s %14s %14s %-9s %-22s %9s\n' what kindred peer unit peer ratio
row "sentence vectors, fastText .bin" "$("$bench" encode "$1" "$4" "$threads")" \
  "$("$python" bench/static_peers.py encode fasttext "$1" "$4")" titles_s fastText
row "static embedding directory" "$("$bench" encode "$3" "$4" "$threads")" \
  "$("$python" bench/static_peers.py encode model2vec "$3" "$4")" titles_s model2vec
row "static embedding directory" "$("$bench" encode "$3" "$4" "$threads")" \
  "$("$sentence" bench/static_peers.py encode sentence-transformers "$3" "$4")" titles_s sentence-transformers
row "ten neighbours of a word" "$("$bench" nearest "$2" 100 "$threads")" \
  "$("$python" bench/static_peers.py nearest "$2" 100)" ms gensim
row "analogies" "$("$bench" analogies "$2" "$5" "$threads")" \
  "$("$python" bench/static_peers.py analogies "$2" "$5")" seconds gensim
