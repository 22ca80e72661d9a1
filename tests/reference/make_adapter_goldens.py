#!/usr/bin/env python3
"""Writes tests/golden/adapters: LoRA adapters of the small models in tests/golden/models as peft saves
them, and what its merge_and_unload makes of the base.

Each case is a PEFT directory (adapter_config.json, adapter_model.safetensors or .bin) and
merged.safetensors: every tensor of the base model that the merge changes, float32. `base.txt` names the
model of tests/golden/models.

Usage: make_adapter_goldens.py   (needs torch, transformers, peft, safetensors)
"""
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file

GOLDEN = Path(__file__).resolve().parent.parent / "golden"
OUT = GOLDEN / "adapters"


@dataclass
class Case:
    name: str
    base: str
    options: dict[str, Any]
    model_class: str = "AutoModel"
    safetensors: bool = True


CASES = [
    Case("patterns", "qwen3", dict(
        r=4, lora_alpha=8, target_modules=["q_proj", "v_proj", "embed_tokens"], modules_to_save=["norm"],
        rank_pattern={"layers.0.self_attn.v_proj": 2}, alpha_pattern={"v_proj": 3, r"layers\.[01]\.self_attn\.q_proj": 5})),
    Case("all-linear-rank-stable", "bert-gelu", dict(r=3, lora_alpha=7, target_modules="all-linear", use_rslora=True, bias="all")),
    Case("expression-fused", "modernbert", dict(r=2, lora_alpha=4, target_modules=r".*layers\.\d+\.(attn\.Wqkv|mlp\.Wi)")),
    Case("masked-language-model", "bert-gelu", dict(
        r=2, lora_alpha=6, target_modules=["key", "output.dense"], task_type="FEATURE_EXTRACTION",
        rank_pattern={r"bert\.encoder\.layer\.0\.attention\.self\.key": 3}, alpha_pattern={"encoder.layer.1.output.dense": 1}),
        "AutoModelForMaskedLM"),
    Case("language-model", "llama-biases-llama3-sharded", dict(
        r=2, lora_alpha=2, target_modules=["o_proj", "down_proj", "lm_head"], bias="lora_only", task_type="CAUSAL_LM"),
        "AutoModelForCausalLM", safetensors=False),
]


def write(case: Case) -> None:
    directory = OUT / case.name
    shutil.rmtree(directory, ignore_errors=True)
    torch.manual_seed(len(case.name))
    model = getattr(transformers, case.model_class).from_pretrained(GOLDEN / "models" / case.base, dtype=torch.float32)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    peft = get_peft_model(model, LoraConfig(**case.options))
    with torch.no_grad():
        for name, parameter in peft.named_parameters():
            if "lora_" in name or parameter.requires_grad:
                parameter.add_(0.1 * torch.randn_like(parameter))
    peft.save_pretrained(directory, safe_serialization=case.safetensors)
    merged = peft.merge_and_unload().state_dict()
    changed = {name: tensor.contiguous().clone() for name, tensor in merged.items() if not torch.equal(tensor, before[name])}
    save_file(changed, directory / "merged.safetensors")
    config = json.loads((directory / "adapter_config.json").read_text())
    config["base_model_name_or_path"] = case.base
    if isinstance(config["target_modules"], list):
        config["target_modules"].sort()
    (directory / "adapter_config.json").write_text(json.dumps(config, indent=1, sort_keys=True) + "\n")
    (directory / "base.txt").write_text(case.base + "\n")
    (directory / "README.md").unlink(missing_ok=True)
    print(f"{case.name:24} {len(changed)} tensors changed")


def main() -> None:
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    for case in CASES:
        write(case)


if __name__ == "__main__":
    main()
