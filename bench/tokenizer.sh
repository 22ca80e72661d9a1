#!/usr/bin/env bash
# Tokenizers beside their peer on product titles: megabytes a second of each, and the ratio.
# Usage: bench/tokenizer.sh FILE [MODEL…], FILE a catalogue (.jsonl: the titles in all its languages) or plain lines.
# PYTHON is an interpreter that has `tokenizers`, BENCH the built program.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv-reference/bin/python}
bench=${BENCH:-build/release/tokenizer_bench}
file=${1:?usage: bench/tokenizer.sh FILE [MODEL…]}
shift
if [ $# -eq 0 ]; then
  set -- models/all-MiniLM-L6-v2 models/multilingual-e5-small models/tokenizer-qwen2.5 models/tokenizer-qwen3 models/smollm2-135m-instruct
fi
scratch=$(mktemp -d)
trap 'rm -r "$scratch"' EXIT
if [[ $file == *.jsonl ]]; then
  "$python" -c 'import json, sys
for line in open(sys.argv[1], encoding="utf-8"):
    print(*json.loads(line)["titles"].values(), sep="\n")' "$file" >"$scratch/titles.txt"
  file=$scratch/titles.txt
fi
printf '%-26s %8s %15s %15s %8s\n' model threads kindred tokenizers ratio
for model in "$@"; do
  name=$(basename "$model")
  ours=$model
  json=$model/tokenizer.json
  if [ ! -e "$json" ]; then
    ours=$(ls "$model"/*.gguf)
    json=$scratch/$name.json
    PYTHONPATH=tests/reference "$python" -c 'import json, sys, tokenizer_cases
json.dump(tokenizer_cases.smollm2(sys.argv[1]), open(sys.argv[2], "w"))' "$ours" "$json"
  fi
  for threads in 1 "$(nproc)"; do
    a=$("$bench" "$ours" "$file" "$threads")
    b=$("$python" bench/tokenizer_peer.py "$json" "$file" "$threads")
    "$python" - "$name" "$threads" "$a" "$b" <<'END'
import json, sys
name, threads, ours, peer = sys.argv[1], sys.argv[2], json.loads(sys.argv[3]), json.loads(sys.argv[4])
assert ours["tokens"] == peer["tokens"], (ours, peer)
print(f"{name:26} {threads:>8} {ours['mb_s']:>10.1f} MB/s {peer['mb_s']:>10.2f} MB/s {ours['mb_s'] / peer['mb_s']:>7.1f}×", flush=True)
END
  done
done
