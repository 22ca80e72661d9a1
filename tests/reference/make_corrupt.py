#!/usr/bin/env python3
"""Makes tests/corrupt: small files that contradict themselves, each named by its fault, all to be refused.

Their sound counterparts become seeds of the fuzz targets (fuzz/seeds). Needs nothing but Python.
"""
import json
import struct
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
HUGE = 2**62


def write(folder, name, data):
    path = ROOT / folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def safetensors(header, data=b"", length=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def entry(shape, begin, end, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def make_safetensors():
    sound = safetensors({"__metadata__": {"format": "pt"}, "a": entry([2], 0, 8), "b": entry([1, 2], 8, 12, "F16")}, bytes(12))
    write("fuzz/seeds/safetensors", "sound", sound)
    cases = {
        "overlap": safetensors({"a": entry([2], 0, 8), "b": entry([2], 4, 12)}, bytes(12)),
        "gap": safetensors({"a": entry([1], 0, 4), "b": entry([1], 8, 12)}, bytes(12)),
        "trailing": safetensors({"a": entry([1], 0, 4)}, bytes(8)),
        "short_data": safetensors({"a": entry([2], 0, 8)}, bytes(7)),
        "shape_overflow": safetensors({"a": entry([HUGE, HUGE], 0, 8)}, bytes(8)),
        "bytes_overflow": safetensors({"a": entry([HUGE + 2], 0, 8)}, bytes(8)),
        "shape_mismatch": safetensors({"a": entry([3], 0, 8)}, bytes(8)),
        "backwards": safetensors({"a": entry([2], 8, 0)}, bytes(8)),
        "negative_offset": safetensors({"a": entry([2], -8, 0)}, bytes(8)),
        "duplicate": safetensors(b'{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}', bytes(2)),
        "unknown_type": safetensors({"a": entry([1], 0, 1, "F8_E4M3")}, bytes(1)),
        "header_longer_than_file": safetensors({}, length=1 << 20),
        "header_length_overflow": safetensors({}, length=2**64 - 1),
        "header_not_json": safetensors(b"{\"a\":"),
        "header_deep": safetensors(b'{"a":' + b"[" * 2000 + b"]" * 2000 + b"}"),
        "header_invalid_utf8": safetensors(b'{"\xff":{}}'),
        "empty": b"",
    }
    for name, data in cases.items():
        write("tests/corrupt/safetensors", name, data)


def string(text):
    data = text if isinstance(text, bytes) else text.encode()
    return struct.pack("<Q", len(data)) + data


def gguf(tensors=b"", tensor_count=0, keys=b"", key_count=0, version=3, data=0):
    head = b"GGUF" + struct.pack("<IQQ", version, tensor_count, key_count) + keys + tensors
    return head + bytes(-len(head) % 32) + bytes(data)


def tensor(name, shape, kind, offset):
    return string(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)


def make_gguf():
    array_of_strings = string("tokens") + struct.pack("<IIQ", 9, 8, 2) + string("a") + string("bc")
    number = string("n") + struct.pack("<If", 6, 0.5)
    sound = gguf(tensor("w", [32, 2], 8, 0) + tensor("b", [4], 0, 96), 2, array_of_strings + number, 2, data=112)
    write("fuzz/seeds/gguf", "sound", sound)
    F32, Q8_0 = 0, 8
    cases = {
        "version1": gguf(version=1),
        "big_endian": b"GGUF" + struct.pack(">IQQ", 3, 0, 0),
        "key_count": gguf(key_count=2**63),
        "tensor_count": gguf(tensor_count=2**63),
        "string_length": gguf(keys=struct.pack("<Q", 2**64 - 1), key_count=1, data=64),
        "array_count": gguf(keys=string("k") + struct.pack("<IIQ", 9, 12, HUGE), key_count=1, data=64),
        "array_depth": gguf(keys=string("k") + struct.pack("<I", 9) + struct.pack("<IQ", 9, 1) * 500, key_count=1),
        "value_type": gguf(keys=string("k") + struct.pack("<I", 13), key_count=1, data=64),
        "alignment_zero": gguf(keys=string("general.alignment") + struct.pack("<II", 4, 0), key_count=1),
        "alignment_odd": gguf(keys=string("general.alignment") + struct.pack("<II", 4, 48), key_count=1),
        "outside": gguf(tensor("a", [8], F32, 32), 1, data=32),
        "offset_overflow": gguf(tensor("a", [8], F32, 2**64 - 32), 1, data=32),
        "unaligned": gguf(tensor("a", [4], F32, 4), 1, data=32),
        "shape_overflow": gguf(tensor("a", [HUGE, 8], F32, 0), 1, data=32),
        "partial_block": gguf(tensor("a", [33], Q8_0, 0), 1, data=64),
        "dimensions": gguf(tensor("a", [1] * 5, F32, 0), 1, data=32),
        "overlap": gguf(tensor("a", [16], F32, 0) + tensor("b", [8], F32, 32), 2, data=64),
        "duplicate": gguf(tensor("a", [8], F32, 0) + tensor("a", [8], F32, 32), 2, data=64),
        "cut_in_header": sound[:40],
        "cut_in_data": sound[:-1],
    }
    for name, data in cases.items():
        write("tests/corrupt/gguf", name, data)


def npy(header, data=b"", version=1, length=None):
    text = header.encode()
    size = len(text) if length is None else length
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", size) + text + data


def make_npy():
    good = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }\n"
    write("fuzz/seeds/npy", "sound", npy(good, bytes(16)))
    write("fuzz/seeds/npy", "version3", npy(good.replace("<f4", "|u1"), bytes(4), version=3))
    cases = {
        "version9": npy(good, bytes(16), version=9),
        "short_data": npy(good, bytes(15)),
        "trailing": npy(good, bytes(17)),
        "header_length": npy(good, length=0xFFFF),
        "header_length_v2": npy(good, version=2, length=0xFFFFFFFF),
        "shape_overflow": npy(good.replace("(2, 2)", "(4611686018427387904, 8)")),
        "shape_too_large_number": npy(good.replace("(2, 2)", "(99999999999999999999999,)")),
        "negative": npy(good.replace("(2, 2)", "(-2, -2)"), bytes(16)),
        "no_shape": npy("{'descr': '<f4', 'fortran_order': False}", bytes(16)),
        "open_string": npy("{'descr", bytes(16)),
        "objects": npy(good.replace("<f4", "|O"), bytes(16)),
        "pickle": b"\x80\x04K\x01.",
    }
    for name, data in cases.items():
        write("tests/corrupt/npy", name, data)


def make_csv_seeds():
    seeds = {
        "lines": b"\x00one\r\n\ntwo\xff\x00x\nlast",
        "csv": b'\x09id,a\r\n1,"x, ""y""\nz"\n2,\n',
        "tsv": b"\x06id\ta\n1\tx\\ty\\\\\n",
        "jsonl": b'\x0b{"a":"x\\ud83d\\u82f9","b":[1]}\n{"a":null}\n',
    }
    for name, data in seeds.items():
        write("fuzz/seeds/csv", name, data)


if __name__ == "__main__":
    make_safetensors()
    make_gguf()
    make_npy()
    make_csv_seeds()
