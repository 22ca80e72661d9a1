#!/usr/bin/env bash
# Tokenizers beside their peer: megabytes a second of each, and how many times as fast Kindred is.
# Usage: bench/tokenizer.sh [FILE [MODEL…]]   (PYTHON: an interpreter that has `tokenizers`; BENCH: the built program)
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
bench=${BENCH:-build/release/tokenizer_bench}
file=${1:-build/bench/titles.txt}
shift || true
if [ $# -eq 0 ]; then
  set -- models/all-MiniLM-L6-v2 models/multilingual-e5-small models/tokenizer-qwen2.5 models/tokenizer-qwen3 models/smollm2-135m-instruct
fi
cores=$(nproc)
scratch=$(mktemp -d)
trap 'rm -r "$scratch"' EXIT
printf '%-26s %8s %12s %12s %8s\n' model threads kindred tokenizers ratio
for model in "$@"; do
  name=$(basename "$model")
  json=$model/tokenizer.json
  ours=$model
  if [ ! -e "$json" ]; then
    ours=$(ls "$model"/*.gguf)
    json=$scratch/$name.json
    (cd tests/reference && "$OLDPWD/$python" -c 'import json, sys, tokenizer_cases as c
json.dump(c.smollm2(sys.argv[1]), open(sys.argv[2], "w"))' "$OLDPWD/$ours" "$json")
  fi
  for threads in 1 "$cores"; do
    a=$("$bench" "$ours" "$file" "$threads")
    b=$("$python" bench/tokenizer_peer.py "$json" "$file" "$threads")
    "$python" - "$name" "$threads" "$a" "$b" <<'END'
import json, sys
name, threads, ours, peer = sys.argv[1], sys.argv[2], json.loads(sys.argv[3]), json.loads(sys.argv[4])
assert ours["tokens"] == peer["tokens"], (ours, peer)
print(f"{name:26} {threads:>8} {ours['mb_s']:>7.1f} MB/s {peer['mb_s']:>7.2f} MB/s {ours['mb_s'] / peer['mb_s']:>7.1f}×")
END
  done
done
