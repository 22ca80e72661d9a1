#!/usr/bin/env python3
"""Makes tests/golden/gguf: blocks of every quantised type, and what the `gguf` package expands them to.

    pip install gguf==0.19.0 safetensors==0.8.0
    python tests/reference/make_gguf_quants.py

quants.gguf holds a tensor a type (random bytes with finite scales, so that every bit of a block is used) and a
metadata key a value type; quants.safetensors holds the expanded values under the same names.
"""
from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType as Type
from gguf.quants import dequantize
from safetensors.numpy import save_file

OUT = Path(__file__).resolve().parent.parent / "golden" / "gguf"
ROWS, COLUMNS = 3, 512
# Where the float16 scales lie in a block.
SCALES = {
    Type.Q4_0: [0],
    Type.Q4_1: [0, 2],
    Type.Q8_0: [0],
    Type.Q4_K: [0, 2],
    Type.Q5_K: [0, 2],
    Type.Q6_K: [208],
    Type.Q5_0: [0],
    Type.Q5_1: [0, 2],
    Type.Q2_K: [80, 82],
    Type.Q3_K: [108],
    Type.IQ4_NL: [0],
    Type.IQ4_XS: [0],
}


def random_blocks(random, kind):
    elements, size = gguf.GGML_QUANT_SIZES[kind]
    blocks = random.integers(0, 256, (ROWS * COLUMNS // elements, size), dtype=np.uint8)
    for at in SCALES[kind]:
        scales = random.normal(0, 0.02, len(blocks)).astype(np.float16)
        scales[::5] *= np.float16(1e-3)  # subnormal ones too
        blocks[:, at : at + 2] = scales.view(np.uint8).reshape(-1, 2)
    return blocks.reshape(ROWS, -1)


def add_metadata(writer):
    writer.add_uint8("test.uint8", 200)
    writer.add_int8("test.int8", -5)
    writer.add_uint16("test.uint16", 60000)
    writer.add_int16("test.int16", -30000)
    writer.add_uint32("test.uint32", 4_000_000_000)
    writer.add_int32("test.int32", -2_000_000_000)
    writer.add_float32("test.float32", 0.25)
    writer.add_bool("test.bool", True)
    writer.add_string("test.string", "naïve 苹果")
    writer.add_uint64("test.uint64", 2**63 + 1)
    writer.add_int64("test.int64", -(2**62))
    writer.add_float64("test.float64", 1e-300)
    writer.add_array("test.strings", ["", "a", "▁the", "苹果"])
    writer.add_array("test.integers", [3, -1, 7])
    writer.add_array("test.floats", [0.5, -1.5])


def main():
    random = np.random.default_rng(20240607)
    OUT.mkdir(parents=True, exist_ok=True)
    writer = gguf.GGUFWriter(OUT / "quants.gguf", "test")
    add_metadata(writer)
    expected = {}
    for kind in SCALES:
        blocks = random_blocks(random, kind)
        name = f"blocks.{kind.name.lower()}"
        writer.add_tensor(name, blocks, raw_dtype=kind)
        expected[name] = dequantize(blocks, kind)
        assert expected[name].shape == (ROWS, COLUMNS) and np.isfinite(expected[name]).all()
    values = random.normal(0, 1, (2, 5)).astype(np.float32)
    for name, array in {"plain.f32": values, "plain.f16": values.astype(np.float16)}.items():
        writer.add_tensor(name, array)
        expected[name] = array.astype(np.float32)
    bfloat16 = (values.view(np.uint32) >> 16).astype(np.uint16)
    writer.add_tensor("plain.bf16", bfloat16.view(np.uint8), raw_dtype=Type.BF16)
    expected["plain.bf16"] = (bfloat16.astype(np.uint32) << 16).view(np.float32)
    # A type that Kindred does not read: the file opens, the tensor is refused.
    blocks = random.integers(0, 256, (1, 66), dtype=np.uint8)
    writer.add_tensor("unread.iq2_xxs", blocks, raw_dtype=Type.IQ2_XXS)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    save_file(expected, OUT / "quants.safetensors", metadata={"made_by": "gguf"})


if __name__ == "__main__":
    main()
