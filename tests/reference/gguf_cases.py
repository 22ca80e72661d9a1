"""GGUF cases of tests/golden/models: random models as llama.cpp's converter writes them.

Called by make_model_goldens.py. The golden values are those of `transformers` with the weights as they
come back from the file (dequantised by the `gguf` package); golden.safetensors has the same tensors as
the other cases.
"""
import shutil
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch
import transformers
from safetensors.torch import save_file

import make_model_goldens as models

Q = gguf.GGMLQuantizationType


@dataclass
class GgufCase:
    name: str
    architecture: str
    model_class: str
    config: dict[str, Any]
    linear: Q
    embedding: Q
    lengths: tuple[int, ...] = (1, 2, 7, 40)


CASES = [
    GgufCase("gguf-llama-q4_1", "llama", "LlamaForCausalLM",
             models.decoder(hidden_size=64, intermediate_size=96, num_attention_heads=4, num_key_value_heads=2,
                            tie_word_embeddings=True, rms_norm_eps=1e-5, rope_parameters=models.rope(None, 100000.0)),
             Q.Q4_1, Q.Q8_0),
    GgufCase("gguf-llama3-rope-f32", "llama", "LlamaForCausalLM",
             models.decoder(hidden_size=32, intermediate_size=64, num_attention_heads=2, num_key_value_heads=1,
                            max_position_embeddings=64, tie_word_embeddings=False, rope_parameters=models.rope("llama3", 500000.0)),
             Q.F32, Q.F32, (1, 5, 64)),
    GgufCase("gguf-qwen2-q8_0", "qwen2", "Qwen2ForCausalLM",
             models.decoder(hidden_size=64, intermediate_size=96, num_attention_heads=4, num_key_value_heads=2,
                            tie_word_embeddings=True, rope_parameters=models.rope(None, 1000000.0)), Q.Q8_0, Q.Q8_0),
    GgufCase("gguf-qwen3-q4_0", "qwen3", "Qwen3ForCausalLM",
             models.decoder(hidden_size=64, intermediate_size=96, head_dim=32, num_attention_heads=4, num_key_value_heads=2,
                            tie_word_embeddings=True, rope_parameters=models.rope(None, 1000000.0)), Q.Q4_0, Q.F16),
    GgufCase("gguf-bert-f16", "bert", "BertModel",
             models.bert(hidden_size=48, intermediate_size=64, layer_norm_eps=1e-12), Q.F16, Q.F16),
]

DECODER_NAMES = {
    "input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm", "post_attention_layernorm": "ffn_norm", "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}
BERT_NAMES = {
    "attention.self.query": "attn_q", "attention.self.key": "attn_k", "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output", "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up", "output.dense": "ffn_down", "output.LayerNorm": "layer_output_norm",
}
TOP_NAMES = {
    "model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output",
    "embeddings.word_embeddings": "token_embd", "embeddings.position_embeddings": "position_embd",
    "embeddings.token_type_embeddings": "token_types", "embeddings.LayerNorm": "token_embd_norm",
}


def gguf_name(name: str) -> str:
    stem, ending = name.rsplit(".", 1)
    if stem in TOP_NAMES:
        return f"{TOP_NAMES[stem]}.{ending}"
    prefix = "model.layers." if stem.startswith("model.layers.") else "encoder.layer."
    layer, rest = stem.removeprefix(prefix).split(".", 1)
    return f"blk.{layer}.{(DECODER_NAMES | BERT_NAMES)[rest]}.{ending}"


def permute(values: np.ndarray, heads: int) -> np.ndarray:
    """Rotary pairs (i, i + d/2) of Hugging Face to the neighbours (2i, 2i + 1) that GGUF's llama turns."""
    return values.reshape(heads, 2, values.shape[0] // heads // 2, -1).swapaxes(1, 2).reshape(values.shape)


def byte_level_tokens() -> tuple[list[str], list[str]]:
    specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    return specials + [chr(c) for c in range(33, 127)] + ["Ġ", "th", "he", "in"], ["t h", "h e", "i n"]


def word_piece_tokens() -> list[str]:
    letters = [chr(c) for c in range(ord("a"), ord("z") + 1)] + [str(d) for d in range(10)]
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + ["▁" + c for c in letters] + letters
    return tokens + [f"[unused{i}]" for i in range(models.VOCAB - len(tokens))]


def add_tokenizer(writer: gguf.GGUFWriter, architecture: str) -> None:
    if architecture == "bert":
        tokens, specials = word_piece_tokens(), 5
        writer.add_tokenizer_model("bert")
        writer.add_tokenizer_pre("default")
        writer.add_token_type_count(2)
        writer.add_unk_token_id(1)
        writer.add_bos_token_id(2)
        writer.add_eos_token_id(3)
        writer.add_sep_token_id(3)
        writer.add_pad_token_id(0)
        writer.add_mask_token_id(4)
    else:
        tokens, merges = byte_level_tokens()
        specials = 3
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre("smollm" if architecture == "llama" else "qwen2")
        writer.add_token_merges(merges)
        writer.add_bos_token_id(1)
        writer.add_eos_token_id(2)
        writer.add_add_bos_token(False)
    assert len(tokens) == models.VOCAB
    writer.add_token_list(tokens)
    types = [gguf.TokenType.CONTROL] * specials + [gguf.TokenType.NORMAL] * (len(tokens) - specials)
    writer.add_token_types(types)


def add_fields(writer: gguf.GGUFWriter, case: GgufCase, config: Any) -> None:
    writer.add_name(case.name)
    writer.add_vocab_size(models.VOCAB)
    writer.add_context_length(config.max_position_embeddings)
    writer.add_embedding_length(config.hidden_size)
    writer.add_block_count(config.num_hidden_layers)
    writer.add_feed_forward_length(config.intermediate_size)
    writer.add_head_count(config.num_attention_heads)
    if case.architecture == "bert":
        writer.add_layer_norm_eps(config.layer_norm_eps)
        writer.add_causal_attention(False)
        writer.add_pooling_type(gguf.PoolingType.MEAN)
        return
    head_dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    writer.add_head_count_kv(config.num_key_value_heads)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_rope_freq_base(config.rope_parameters["rope_theta"])
    if case.architecture == "llama":
        writer.add_rope_dimension_count(head_dim)
    if case.architecture == "qwen3":
        writer.add_key_length(head_dim)
        writer.add_value_length(head_dim)


def rope_factors(config: Any) -> np.ndarray:
    """`rope_freqs.weight`: what each plain frequency is divided by, as the converter derives it for llama3."""
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
    scaled, _ = ROPE_INIT_FUNCTIONS["llama3"](config, "cpu")
    head_dim = config.hidden_size // config.num_attention_heads
    plain = config.rope_parameters["rope_theta"] ** -(torch.arange(0, head_dim, 2, dtype=torch.float64) / head_dim)
    return (plain / scaled.double()).float().numpy()


def write_case(case: GgufCase) -> None:
    directory = models.OUT / case.name
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    seed = zlib.crc32(case.name.encode())
    model_class = getattr(transformers, case.model_class)
    config = model_class.config_class(**case.config)
    config._attn_implementation = "eager"
    model = model_class(config, add_pooling_layer=False) if case.architecture == "bert" else model_class(config)
    models.randomise(model, seed)

    writer = gguf.GGUFWriter(directory / "model.gguf", case.architecture)
    add_fields(writer, case, config)
    add_tokenizer(writer, case.architecture)
    back = {}
    for name, value in model.state_dict().items():
        if name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        values = value.numpy()
        # The converter keeps vectors, positions and token types in F32.
        kind = case.linear if values.ndim == 2 else Q.F32
        if "embed" in name or name == "lm_head.weight":
            kind = case.embedding if "word" in name or "token_type" not in name and "position" not in name else Q.F32
        stored = values
        if case.architecture == "llama" and (".q_proj." in name or ".k_proj." in name):
            stored = permute(values, config.num_attention_heads if ".q_proj." in name else config.num_key_value_heads)
        writer.add_tensor(gguf_name(name), gguf.quants.quantize(stored, kind), raw_dtype=kind)
        back[name] = torch.from_numpy(gguf.quants.dequantize(gguf.quants.quantize(values, kind), kind).astype(np.float32))
    if config.to_dict().get("rope_parameters", {}).get("rope_type") == "llama3":
        writer.add_tensor("rope_freqs.weight", rope_factors(config))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()

    model.load_state_dict(back, strict=False)
    reference = (model if case.architecture == "bert" else model.model).eval()
    out = models.golden(reference, models.sequences(case.lengths, seed + 1))
    save_file(out, directory / "golden.safetensors")
    size = sum(f.stat().st_size for f in directory.iterdir())
    print(f"{case.name:30} {size / 1e3:6.0f} kB  layers {out['hidden_states'].shape[0] - 1}")


def write_all(wanted: set[str]) -> None:
    for case in CASES:
        if not wanted or case.name in wanted:
            write_case(case)
