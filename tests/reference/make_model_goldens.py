#!/usr/bin/env python3
"""Writes tests/golden/models: a small random model of every family, with the hidden states that
Hugging Face `transformers` computes for it.

Each case is a model directory (config.json, safetensors, a toy tokenizer.json) and golden.safetensors:
  ids            I32 [T]             the token ids of several sequences, one after another
  offsets        I32 [B + 1]         sequence b is ids[offsets[b] : offsets[b + 1]]
  hidden_states  F32 [L + 1, T, H]   `hidden_states` of transformers (0: embeddings; the last one after
                                     the final norm), each sequence run alone in float32, eager attention
and for the causal case with masks of its own, see `add_mask_variants`:
  bidirectional.{all,layers,prefix}.hidden_states, bidirectional.layers.flags, bidirectional.prefix.lengths

The directory is written first and read back by `AutoModel.from_pretrained`, so that the golden values
are those of the files as they lie. GGUF cases are written by gguf_cases.py.

Usage: make_model_goldens.py [CASE...]   (needs torch, transformers, safetensors, numpy, gguf)
"""
import json
import shutil
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

import numpy as np
import torch
import transformers
from safetensors.torch import save_file

sys.path.insert(0, str(Path(__file__).resolve().parent))
OUT = Path(__file__).resolve().parent.parent / "golden" / "models"
VOCAB = 101
NOISE = {"_name_or_path", "_sliding_window_pattern", "chunk_size_feed_forward", "id2label", "label2id", "output_attentions",
         "output_hidden_states", "problem_type", "return_dict", "is_encoder_decoder", "use_cache"}


@dataclass
class Case:
    name: str
    model_class: str  # the class whose parameter names the file has
    config: dict[str, Any]
    lengths: tuple[int, ...] = (1, 2, 7, 40)
    dtype: torch.dtype = torch.float16
    old_config: bool = False  # rope_theta / rope_scaling, as files on hubs had them before transformers 5
    shards: int = 1
    edit: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]] | None = None
    masks: bool = False


def bert(**changes: Any) -> dict[str, Any]:
    return dict(vocab_size=VOCAB, hidden_size=48, num_hidden_layers=2, num_attention_heads=3,
                intermediate_size=72, max_position_embeddings=40, type_vocab_size=2) | changes


def decoder(**changes: Any) -> dict[str, Any]:
    return dict(vocab_size=VOCAB, hidden_size=48, num_hidden_layers=2, num_attention_heads=3, num_key_value_heads=3,
                intermediate_size=56, max_position_embeddings=40, pad_token_id=None, bos_token_id=1,
                eos_token_id=2) | changes


def gamma_beta(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The names of BERT checkpoints that came from TensorFlow, and the buffer that old versions saved."""
    renamed = {name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): tensor
               for name, tensor in tensors.items()}
    renamed["bert.embeddings.position_ids"] = torch.arange(40, dtype=torch.int64)[None]
    return renamed


ROPE = {
    "linear": {"rope_type": "linear", "factor": 4.0},
    "llama3": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
               "original_max_position_embeddings": 16},
    "yarn": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16},
}


def rope(kind: str | None, theta: float) -> dict[str, Any]:
    return {"rope_theta": theta} | (ROPE[kind] if kind else {"rope_type": "default"})


CASES = [
    Case("bert-gelu", "BertModel", bert(layer_norm_eps=1e-12), dtype=torch.float32),
    Case("bert-gelu-new", "BertForMaskedLM", bert(hidden_size=60, num_attention_heads=5, hidden_act="gelu_new",
                                                  layer_norm_eps=1e-5), edit=gamma_beta),
    Case("bert-relu-one-type", "BertModel", bert(hidden_size=40, num_attention_heads=1, hidden_act="relu",
                                                 type_vocab_size=1, layer_norm_eps=1e-3), dtype=torch.bfloat16),
    Case("roberta", "RobertaModel", bert(max_position_embeddings=42, type_vocab_size=1, pad_token_id=1,
                                         layer_norm_eps=1e-5)),
    Case("roberta-masked-lm", "RobertaForMaskedLM", bert(hidden_size=36, num_attention_heads=2, pad_token_id=0,
                                                         max_position_embeddings=41, type_vocab_size=1)),
    Case("xlm-roberta", "XLMRobertaModel", bert(hidden_size=56, num_attention_heads=7, max_position_embeddings=42,
                                                type_vocab_size=1, pad_token_id=1, layer_norm_eps=1e-5)),
    Case("xlm-roberta-gelu-tanh", "XLMRobertaModel",
         bert(num_hidden_layers=3, hidden_size=36, num_attention_heads=4, hidden_act="gelu_pytorch_tanh",
              max_position_embeddings=42, type_vocab_size=1, pad_token_id=1), dtype=torch.bfloat16),
    Case("distilbert", "DistilBertModel", dict(vocab_size=VOCAB, dim=48, hidden_dim=80, n_layers=2, n_heads=3,
                                               max_position_embeddings=40)),
    Case("distilbert-sinusoidal-relu", "DistilBertForMaskedLM",
         dict(vocab_size=VOCAB, dim=40, hidden_dim=60, n_layers=3, n_heads=5, max_position_embeddings=40,
              sinusoidal_pos_embds=True, activation="relu")),
    Case("mpnet", "MPNetModel", bert(hidden_size=60, num_attention_heads=5, max_position_embeddings=42,
                                     pad_token_id=1)),
    Case("mpnet-long", "MPNetModel", bert(hidden_size=24, num_attention_heads=2, intermediate_size=40,
                                          max_position_embeddings=162, pad_token_id=1, layer_norm_eps=1e-5),
         lengths=(1, 20, 160)),
    Case("modernbert", "ModernBertModel", dict(vocab_size=VOCAB, hidden_size=48, intermediate_size=56, num_hidden_layers=4,
                                               num_attention_heads=3, max_position_embeddings=40, local_attention=8,
                                               global_attn_every_n_layers=3, pad_token_id=0, bos_token_id=1, eos_token_id=2,
                                               cls_token_id=1, sep_token_id=2)),
    Case("modernbert-biases", "ModernBertForMaskedLM",
         dict(vocab_size=VOCAB, hidden_size=40, intermediate_size=48, num_hidden_layers=3, num_attention_heads=5,
              max_position_embeddings=40, local_attention=6, global_attn_every_n_layers=2, norm_bias=True,
              attention_bias=True, mlp_bias=True, hidden_activation="gelu_pytorch_tanh", norm_eps=1e-3, pad_token_id=0,
              bos_token_id=1, eos_token_id=2, cls_token_id=1, sep_token_id=2, global_rope_theta=80000.0,
              local_rope_theta=500.0), old_config=True),
    Case("qwen2", "Qwen2ForCausalLM", decoder(num_attention_heads=6, num_key_value_heads=2, tie_word_embeddings=True,
                                              rope_parameters=rope(None, 1e6))),
    Case("qwen2-window", "Qwen2Model", decoder(num_hidden_layers=3, num_attention_heads=2, num_key_value_heads=2,
                                               use_sliding_window=True, sliding_window=5, max_window_layers=1,
                                               rms_norm_eps=1e-5, rope_parameters=rope(None, 10000.0)),
         dtype=torch.bfloat16, old_config=True),
    Case("qwen2-yarn", "Qwen2ForCausalLM", decoder(hidden_size=64, num_attention_heads=4, num_key_value_heads=2,
                                                   max_position_embeddings=64, tie_word_embeddings=False,
                                                   rope_parameters=rope("yarn", 10000.0)),
         lengths=(1, 3, 17, 64), old_config=True),
    Case("qwen3", "Qwen3ForCausalLM", decoder(hidden_size=60, head_dim=24, num_attention_heads=4, num_key_value_heads=2,
                                              tie_word_embeddings=True, rope_parameters=rope(None, 1e6)), old_config=True),
    Case("qwen3-bias-linear", "Qwen3Model", decoder(head_dim=20, num_attention_heads=3, num_key_value_heads=1,
                                                    attention_bias=True, rms_norm_eps=1e-4,
                                                    rope_parameters=rope("linear", 10000.0)), dtype=torch.float32),
    Case("llama", "LlamaForCausalLM", decoder(hidden_size=54, num_attention_heads=9, num_key_value_heads=3,
                                              tie_word_embeddings=False, rms_norm_eps=1e-5,
                                              rope_parameters=rope(None, 10000.0)), masks=True, lengths=(1, 2, 9, 24)),
    Case("llama-biases-llama3-sharded", "LlamaModel",
         decoder(num_attention_heads=4, num_key_value_heads=4, attention_bias=True, mlp_bias=True, max_position_embeddings=64,
                 rope_parameters=rope("llama3", 500000.0)), lengths=(1, 5, 64), shards=3),
    Case("llama-linear", "LlamaModel", decoder(hidden_size=40, head_dim=16, num_attention_heads=2, num_key_value_heads=1,
                                               rope_parameters=rope("linear", 10000.0)), old_config=True),
    Case("mistral", "MistralForCausalLM", decoder(num_attention_heads=6, num_key_value_heads=2, sliding_window=5,
                                                  rope_parameters=rope(None, 10000.0))),
    Case("mistral-head-dim", "MistralModel", decoder(hidden_size=40, head_dim=16, num_attention_heads=3, num_key_value_heads=1,
                                                     sliding_window=None, rope_parameters=rope(None, 1e6)),
         dtype=torch.bfloat16, old_config=True),
    Case("gemma3", "Gemma3ForCausalLM", decoder(num_hidden_layers=4, hidden_size=40, head_dim=16, num_attention_heads=2,
                                                num_key_value_heads=1, sliding_window=6, sliding_window_pattern=3,
                                                query_pre_attn_scalar=24, rope_theta=100000.0, rope_local_base_freq=1000.0,
                                                rope_scaling={"rope_type": "linear", "factor": 8.0}), old_config=True),
    Case("gemma3-bidirectional", "Gemma3TextModel",
         decoder(num_hidden_layers=3, head_dim=20, num_attention_heads=3, num_key_value_heads=1, sliding_window=8,
                 layer_types=["sliding_attention", "full_attention", "sliding_attention"], query_pre_attn_scalar=20,
                 use_bidirectional_attention=True, rms_norm_eps=1e-4), dtype=torch.bfloat16),
    Case("gemma3-bias", "Gemma3TextModel",
         decoder(head_dim=16, num_attention_heads=4, num_key_value_heads=2, sliding_window=4, attention_bias=True,
                 query_pre_attn_scalar=16, layer_types=["sliding_attention", "full_attention"])),
]


def randomise(model: torch.nn.Module, seed: int) -> None:
    """Weights large enough that a wrong bias, norm, mask or position shows at once."""
    random = np.random.default_rng(seed)
    one_plus = "Gemma" in type(model).__name__
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            values = random.standard_normal(parameter.shape)
            if "norm" in name.lower() and name.endswith("weight"):
                values = 0.3 * values + (0.0 if one_plus else 1.0)
            elif name.endswith("bias") and parameter.dim() == 1:
                values *= 0.2
            elif "embed" in name.lower():
                values *= 0.3
            elif "relative_attention_bias" in name:
                values *= 1.0
            else:
                values *= 1.3 / np.sqrt(parameter.shape[-1])
            if "position_embeddings" not in name or parameter.requires_grad:
                parameter.copy_(torch.from_numpy(values.astype(np.float32)))


def old_style(config: dict[str, Any], given: dict[str, Any]) -> None:
    """Turns `rope_parameters` into the keys that configs had before transformers 5."""
    parameters = config.pop("rope_parameters", None)
    config.pop("layer_types", None)
    if "full_attention" in (parameters or {}):
        for key in ("rope_theta", "rope_local_base_freq", "rope_scaling", "global_rope_theta", "local_rope_theta",
                    "sliding_window_pattern", "global_attn_every_n_layers"):
            if key in given:
                config[key] = given[key]
    elif parameters:
        config["rope_theta"] = parameters.pop("rope_theta")
        config["rope_scaling"] = None if parameters["rope_type"] == "default" else parameters
    config["torch_dtype"] = config.pop("dtype", "float32")


def write_weights(directory: Path, tensors: dict[str, torch.Tensor], shards: int) -> None:
    if shards == 1:
        save_file(tensors, directory / "model.safetensors", metadata={"format": "pt"})
        return
    names = list(tensors)
    files = {name: f"model-{i * shards // len(names) + 1:05}-of-{shards:05}.safetensors" for i, name in enumerate(names)}
    for file in sorted(set(files.values())):
        save_file({n: tensors[n] for n in names if files[n] == file}, directory / file, metadata={"format": "pt"})
    total = sum(t.numel() * t.element_size() for t in tensors.values())
    index = {"metadata": {"total_size": total}, "weight_map": files}
    (directory / "model.safetensors.index.json").write_text(json.dumps(index, indent=1) + "\n")


def write_tokenizer(directory: Path) -> None:
    """One word a token, so that the case is a whole directory: "t7 t3" is ids 7 and 3."""
    vocab = {f"t{i}": i for i in range(VOCAB)}
    document = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": [], "normalizer": None,
                "pre_tokenizer": {"type": "WhitespaceSplit"}, "post_processor": None, "decoder": None,
                "model": {"type": "WordLevel", "vocab": vocab, "unk_token": "t0"}}
    (directory / "tokenizer.json").write_text(json.dumps(document) + "\n")


def sequences(lengths: tuple[int, ...], seed: int) -> list[list[int]]:
    random = np.random.default_rng(seed)
    return [random.integers(3, VOCAB, size=length).tolist() for length in lengths]


@torch.no_grad()
def hidden_states(model: torch.nn.Module, texts: list[list[int]]) -> torch.Tensor:
    states = [model(input_ids=torch.tensor([ids]), output_hidden_states=True).hidden_states for ids in texts]
    return torch.stack([torch.cat([s[layer][0] for s in states]) for layer in range(len(states[0]))]).contiguous()


def golden(model: torch.nn.Module, texts: list[list[int]]) -> dict[str, torch.Tensor]:
    offsets = np.cumsum([0] + [len(ids) for ids in texts])
    return {"ids": torch.tensor(sum(texts, []), dtype=torch.int32),
            "offsets": torch.tensor(offsets, dtype=torch.int32), "hidden_states": hidden_states(model, texts)}


def add_mask_variants(model: torch.nn.Module, texts: list[list[int]], out: dict[str, torch.Tensor]) -> None:
    """A decoder whose layers attend in both directions: all of them, the first one only, and all
    causal but for a prefix (the first half of each sequence) that sees itself (UniLM)."""
    lowest = torch.finfo(torch.float32).min

    def run(visible: Callable[[int, int], torch.Tensor]) -> torch.Tensor:
        def replace(layer: int):
            def hook(_module, args, kwargs):
                mask = visible(layer, args[0].shape[1])
                kwargs["attention_mask"] = torch.where(mask, 0.0, lowest)[None, None]
                return args, kwargs
            return hook
        handles = [m.register_forward_pre_hook(replace(i), with_kwargs=True) for i, m in enumerate(model.layers)]
        try:
            return hidden_states(model, texts)
        finally:
            for handle in handles:
                handle.remove()

    def causal(length: int) -> torch.Tensor:
        return torch.ones(length, length).tril().bool()

    def with_prefix(length: int) -> torch.Tensor:
        mask = causal(length)
        mask[: length // 2, : length // 2] = True
        return mask

    assert torch.equal(run(lambda _, n: causal(n)), out["hidden_states"])
    out["bidirectional.all.hidden_states"] = run(lambda _, n: torch.ones(n, n).bool())
    out["bidirectional.layers.hidden_states"] = run(lambda l, n: torch.ones(n, n).bool() if l == 0 else causal(n))
    out["bidirectional.layers.flags"] = torch.tensor([1] + [0] * (len(model.layers) - 1), dtype=torch.uint8)
    out["bidirectional.prefix.hidden_states"] = run(lambda _, n: with_prefix(n))
    out["bidirectional.prefix.lengths"] = torch.tensor([len(ids) // 2 for ids in texts], dtype=torch.int32)


def load(directory: Path, **options: Any) -> torch.nn.Module:
    model, report = transformers.AutoModel.from_pretrained(
        directory, dtype=torch.float32, attn_implementation="eager", output_loading_info=True, **options)
    missing = [name for name in report["missing_keys"] if "pooler" not in name]
    assert not missing, f"{directory.name}: transformers did not find {missing}"
    return model.eval()


def write_case(case: Case) -> None:
    directory = OUT / case.name
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    seed = zlib.crc32(case.name.encode())
    model_class = getattr(transformers, case.model_class)
    config = model_class.config_class(**json.loads(json.dumps(case.config)))
    options = {"add_pooling_layer": False} if case.model_class in ("BertModel", "RobertaModel", "XLMRobertaModel", "MPNetModel") else {}
    model = model_class(config, **options)
    randomise(model, seed)

    tied = {"lm_head.weight", "cls.predictions.decoder.weight", "decoder.weight", "vocab_projector.weight", "lm_head.decoder.weight",
            "cls.predictions.decoder.bias", "lm_head.decoder.bias"}
    keep = {name: value.detach().to(case.dtype).contiguous().clone() for name, value in model.state_dict().items()
            if name not in tied or (name == "lm_head.weight" and not config.tie_word_embeddings)}
    write_weights(directory, case.edit(keep) if case.edit else keep, case.shards)
    fields = {key: value for key, value in config.to_dict().items() if key not in NOISE}
    fields["architectures"] = [case.model_class]
    fields["dtype"] = str(case.dtype).removeprefix("torch.")
    if case.old_config:
        old_style(fields, case.config)
    (directory / "config.json").write_text(json.dumps(fields, indent=1, sort_keys=True) + "\n")
    write_tokenizer(directory)

    reference = load(directory)
    texts = sequences(case.lengths, seed + 1)
    out = golden(reference, texts)
    if case.masks:
        add_mask_variants(reference, texts, out)
    scale = out["hidden_states"].abs().amax(dim=(1, 2))
    save_file(out, directory / "golden.safetensors")
    size = sum(f.stat().st_size for f in directory.iterdir())
    print(f"{case.name:30} {size / 1e3:6.0f} kB  layers {out['hidden_states'].shape[0] - 1}  "
          f"largest {' '.join(f'{s:.1f}' for s in scale)}")


def main() -> None:
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    wanted = set(sys.argv[1:])
    for case in CASES:
        if not wanted or case.name in wanted:
            write_case(case)
    import gguf_cases
    gguf_cases.write_all(wanted)


if __name__ == "__main__":
    main()
