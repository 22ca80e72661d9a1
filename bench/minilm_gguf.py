"""Writes a BERT sentence-transformers directory as the GGUF file that llama.cpp reads (f32 or q8_0)."""
import json
from pathlib import Path

import gguf
import numpy as np
from safetensors.numpy import load_file

NAMES = {
    "embeddings.word_embeddings": "token_embd", "embeddings.position_embeddings": "position_embd",
    "embeddings.token_type_embeddings": "token_types", "embeddings.LayerNorm": "token_embd_norm",
}
LAYER_NAMES = {
    "attention.self.query": "attn_q", "attention.self.key": "attn_k", "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output", "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up", "output.dense": "ffn_down", "output.LayerNorm": "layer_output_norm",
}


def convert(model: Path, target: Path, kind: str):
    config = json.loads((model / "config.json").read_text())
    vocabulary = json.loads((model / "tokenizer.json").read_text())["model"]["vocab"]
    writer = gguf.GGUFWriter(target, "bert")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_layer_norm_eps(config["layer_norm_eps"])
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.MEAN)
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    tokens = sorted(vocabulary, key=vocabulary.get)
    special = {"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"}
    # llama.cpp keeps WordPiece the other way round: words get ▁, continuations lose ##.
    writer.add_token_list([t if t in special else t[2:] if t.startswith("##") else "▁" + t for t in tokens])
    writer.add_token_types([3 if t in special else 1 for t in tokens])
    writer.add_token_type_count(config["type_vocab_size"])
    for role, name in (("sep", "[SEP]"), ("pad", "[PAD]"), ("unk", "[UNK]"), ("mask", "[MASK]"), ("bos", "[CLS]"), ("eos", "[SEP]")):
        getattr(writer, f"add_{role}_token_id")(vocabulary[name])
    for name, tensor in load_file(model / "model.safetensors").items():
        name = name.removeprefix("bert.")
        if name.startswith("pooler.") or name.endswith("position_ids"):
            continue
        stem, suffix = name.rsplit(".", 1)
        if stem.startswith("encoder.layer."):
            _, _, layer, rest = stem.split(".", 3)
            renamed = f"blk.{layer}.{LAYER_NAMES[rest]}.{suffix}"
        else:
            renamed = f"{NAMES[stem]}.{suffix}"
        if kind == "q8_0" and tensor.ndim == 2 and "position" not in renamed and "types" not in renamed:
            data = gguf.quantize(tensor.astype(np.float32), gguf.GGMLQuantizationType.Q8_0)
            writer.add_tensor(renamed, data, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
        else:
            writer.add_tensor(renamed, tensor.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
