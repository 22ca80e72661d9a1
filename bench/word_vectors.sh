#!/usr/bin/env bash
# Training of word vectors beside gensim, fastText and the original word2vec in C: words a second,
# held-out loss, time to equal loss, quality. The machine should be idle.
# bench/word_vectors.sh [--quick] [PART…]     PART: speed loss quality scaling zipf (all)
#   --quick: speed alone on a part of the French definitions, under eight minutes with two cores.
#   CORPORA: the folder of scripts/corpora (build/corpora), KINDRED: the program, PYTHON: an
#   interpreter that has bench/word_vectors_requirements.txt.
set -euo pipefail
cd "$(dirname "$0")/.."
corpora=${CORPORA:-build/corpora}
work=build/bench/word_vectors
mkdir -p "$work"
if [ -z "${KINDRED:-}" ]; then
  cmake --preset release >/dev/null
  cmake --build build/release --target kindred zipf_corpus -- --quiet
fi
if [ -z "${PYTHON:-}" ]; then
  PYTHON=$work/venv/bin/python
  if ! cmp -s bench/word_vectors_requirements.txt "$work/requirements"; then
    python3 -m venv "$work/venv"
    "$PYTHON" -m pip install -q -r bench/word_vectors_requirements.txt
    cp bench/word_vectors_requirements.txt "$work/requirements"
  fi
fi
parts=()
quick=()
for argument in "$@"; do
  case $argument in
    --quick) quick=(--quick) ;;
    speed | loss | quality | scaling | zipf) parts+=("$argument") ;;
    *) echo "bench/word_vectors.sh: there is no part '$argument' (speed, loss, quality, scaling, zipf)" >&2; exit 2 ;;
  esac
done
if [ ${#quick[@]} -gt 0 ]; then
  parts=(speed)
elif [ ${#parts[@]} -eq 0 ]; then
  parts=(speed loss quality scaling zipf)
fi
needed=(--only fr-definitions)
[[ " ${parts[*]} " == *" quality "* ]] && needed+=(--only en-debian --only en-big --only libreoffice-en)
[[ " ${parts[*]} " == *" zipf "* ]] && needed+=(--only zipf)
scripts/corpora "${needed[@]}" "$corpora" >/dev/null
exec "$PYTHON" bench/word_vectors_peers.py compare --kindred "${KINDRED:-build/release/kindred}" --corpora "$corpora" --work "$work" \
  "${quick[@]}" "${parts[@]}"
