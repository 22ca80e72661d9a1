#!/usr/bin/env python3
"""Writes tests/golden/windows: what transformers gives for windows of long texts, token ids put together by hand.

  windows.json          the cases: model, prompt, texts, window, stride, and where each window lies
  windows.safetensors   <case>/rows, <case>/late [windows, d] and <case>/mean, <case>/weighted [texts, d]

Usage: make_window_goldens.py   (needs transformers, torch, safetensors; the models in models/)
"""
import json
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import AutoModel, AutoTokenizer

ROOT = Path(__file__).resolve().parent.parent.parent
OUT = ROOT / "tests" / "golden" / "windows"
LONG = " ".join(f"Sentence number {i} is about {w} and nothing else." for i, w in enumerate(
    ["shoes", "lamps", "café tables", "steel pipes", "phones", "warm coats", "red paint", "garden tools"] * 9))
CHINESE = "这是一段关于电子表格的说明。选择单元格后可以输入公式。" * 12
CASES = [("minilm", "all-MiniLM-L6-v2", "", ["A short text.", "", LONG], 24, 24), ("minilm overlap", "all-MiniLM-L6-v2", "", [LONG], 100, 60),
         ("e5", "multilingual-e5-small", "passage: ", ["A short text.", "", LONG, CHINESE], 48, 48), ("e5 overlap", "multilingual-e5-small", "query: ", [CHINESE], 50, 20)]


def windows_of(count, window, stride):
    out, begin = [], 0
    while True:
        end = min(begin + window, count)
        out.append((begin, end))
        if end == count:
            return out
        begin += stride


def unit(x):
    return x / x.norm(dim=-1, keepdim=True).clamp(min=1e-12)


def main() -> None:
    cases, tensors = [], {}
    for name, directory, prompt, texts, window, stride in CASES:
        path = ROOT / "models" / directory
        tokenizer, model = AutoTokenizer.from_pretrained(path), AutoModel.from_pretrained(path, torch_dtype=torch.float32).eval()
        maximum = json.loads((path / "sentence_bert_config.json").read_text())["max_seq_length"]

        def states(ids):
            with torch.no_grad():
                return model(input_ids=torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long)).last_hidden_state[0]

        rows, late, mean, weighted, places = [], [], [], [], []
        for t, text in enumerate(texts):
            e = tokenizer(prompt + text, return_offsets_mapping=True, return_special_tokens_mask=True, truncation=False)
            own = [i for i, (o, s) in enumerate(zip(e["offset_mapping"], e["special_tokens_mask"])) if not s and (not prompt or o[1] > len(prompt))]
            first = own[0] if own else len(e["input_ids"]) - 1
            front, behind = e["input_ids"][:first], e["input_ids"][first + len(own):]
            ids = [e["input_ids"][i] for i in own]
            cut = windows_of(len(ids), window, stride)
            of_windows = []
            for w, (a, b) in enumerate(cut):
                sequence = front + ids[a:b] + behind
                of_windows.append((states(sequence).mean(0), len(sequence)))
                offsets = [e["offset_mapping"][own[i]] for i in range(a, b)]
                places.append([t, w, a, b, max(offsets[0][0] - len(prompt), 0) if offsets else 0, offsets[-1][1] - len(prompt) if offsets else 0])
            rows += [unit(v) for v, _ in of_windows]
            mean.append(unit(torch.stack([v for v, _ in of_windows]).mean(0)))
            total = sum(n for _, n in of_windows)
            weighted.append(unit(sum(v * (n / total) for v, n in of_windows)))
            room = maximum - len(front) - len(behind)
            passes = [states(front + ids[a:b] + behind) for a, b in windows_of(len(ids), room, room)]
            inner = torch.cat([p[len(front):len(p) - len(behind)] for p in passes])
            for w, (a, b) in enumerate(cut):
                parts = ([passes[0][:len(front)]] if w == 0 else []) + [inner[a:b]] + ([passes[-1][-len(behind):]] if w == len(cut) - 1 else [])
                late.append(unit(torch.cat(parts).mean(0)))
        cases.append({"name": name, "model": directory, "prompt": prompt, "texts": texts, "window": window, "stride": stride, "places": places})
        for key, values in (("rows", rows), ("late", late), ("mean", mean), ("weighted", weighted)):
            tensors[f"{name}/{key}"] = torch.stack(values).contiguous()
    OUT.mkdir(parents=True, exist_ok=True)
    save_file(tensors, OUT / "windows.safetensors")
    (OUT / "windows.json").write_text(json.dumps(cases, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
