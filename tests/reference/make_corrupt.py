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
    write("fuzz/seeds/safetensors", "unknown_type", safetensors({"a": entry([1], 0, 1, "F8_E4M3"), "b": entry([1], 1, 5)}, bytes(5)))
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
        "header_longer_than_file": safetensors({}, length=1 << 20),
        "header_length_overflow": safetensors({}, length=2**64 - 1),
        "header_not_json": safetensors(b"{\"a\":"),
        "header_deep": safetensors(b'{"a":' + b"[" * 2000 + b"]" * 2000 + b"}"),
        "header_invalid_utf8": safetensors(b'{"\xff":{}}'),
        "duplicate_unknown_type": safetensors(b'{"a":{"dtype":"X","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"X","shape":[1],"data_offsets":[1,2]}}', bytes(2)),
        "unknown_type_outside": safetensors({"a": entry([1], 0, 9, "F8_E4M3")}, bytes(1)),
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
    blocks = [(2, 32, 18), (3, 32, 20), (6, 32, 22), (7, 32, 24), (8, 32, 34), (10, 256, 84), (11, 256, 110), (12, 256, 144), (13, 256, 176),
              (14, 256, 210), (20, 32, 18), (23, 256, 136)]  # type, elements, bytes
    tensors = b"".join(tensor(f"t{kind}", [elements], kind, 256 * i) for i, (kind, elements, _) in enumerate(blocks))
    write("fuzz/seeds/gguf", "blocks", gguf(tensors, len(blocks)) + bytes(i * 37 % 256 for i in range(256 * len(blocks))))
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


def zip_archive(entries, changes=()):
    """Stored entries; `changes` are bytes to put at places of the whole."""
    body, directory = b"", b""
    for name, data in entries:
        sizes = struct.pack("<HIIIIHH", 0, 0, 0, len(data), len(data), len(name), 0)[2:]
        directory += b"PK\x01\x02" + struct.pack("<HHHHI", 20, 20, 0, 0, 0) + sizes + struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + name.encode()
        body += b"PK\x03\x04" + struct.pack("<HHHI", 20, 0, 0, 0) + sizes + name.encode() + data
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, len(entries), len(entries), len(directory), len(body), 0)
    whole = bytearray(body + directory + end)
    for place, data in changes:
        whole[place:place + len(data)] = data
    return bytes(whole)


def pickled(text):
    return b"X" + struct.pack("<I", len(text)) + text.encode()


def torch_tensor(storage=b"ctorch\nFloatStorage\n", key="0", count=4, offset=0, shape=(2, 2), strides=(2, 1), build=b"ctorch._utils\n_rebuild_tensor_v2\n"):
    def numbers(values):
        return b"(" + b"".join(b"\x8a\x08" + struct.pack("<q", value) for value in values) + b"t"
    place = b"(" + pickled("storage") + storage + pickled(key) + pickled("cpu") + b"J" + struct.pack("<i", count) + b"tQ"
    return build + b"(" + place + b"\x8a\x08" + struct.pack("<q", offset) + numbers(shape) + numbers(strides) + b"\x89ccollections\nOrderedDict\n)RtR"


def torch_state(*tensors):
    items = b"".join(pickled(f"t{i}") + tensor for i, tensor in enumerate(tensors))
    return b"\x80\x02ccollections\nOrderedDict\n)R(" + items + b"u}" + pickled("_metadata") + b"}sb."


def torch_zip(pickle, storage=bytes(16), more=(), changes=()):
    return zip_archive([("a/data.pkl", pickle), ("a/version", b"3\n"), ("a/data/0", storage), *more], changes)


def torch_stream(pickle, keys=("0",), storages=struct.pack("<q", 4) + bytes(16)):
    magic = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
    return magic + b"\x80\x02M\xe9\x03." + b"\x80\x02}." + pickle + b"\x80\x02](" + b"".join(map(pickled, keys)) + b"e." + storages


def make_torch():
    sound = torch_state(torch_tensor(), torch_tensor(strides=(1, 2)))
    write("fuzz/seeds/torch_file", "zip", torch_zip(sound))
    write("fuzz/seeds/torch_file", "stream", torch_stream(sound))
    parameter = b"ctorch._utils\n_rebuild_parameter\n("
    nested = torch_tensor()
    for _ in range(1000):
        nested = parameter + nested + b"\x88}tR"
    system = b"\x80\x02cos\nsystem\n(" + pickled("true") + b"tR."
    end = -22  # of the record that ends an archive without a comment
    cases = {
        "os_system": torch_zip(system),
        "os_system_in_a_state": torch_zip(torch_state(b"cos\nsystem\n(" + pickled("true") + b"tR")),
        "os_system_in_a_stream": torch_stream(system),
        "os_system_before_the_stream": b"\x80\x02cos\nsystem\n(" + pickled("true") + b"tR.",
        "os_system_for_keys": torch_stream(sound).replace(b"\x80\x02](", b"\x80\x02cos\nsystem\n]("),
        "builtins_eval": torch_zip(b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93."),
        "storage_like": torch_zip(torch_state(torch_tensor(b"cevil\nFloatStorage\n"))),
        "big_endian": torch_zip(sound, more=[("a/byteorder", b"big")]),
        "torchscript": torch_zip(sound, more=[("a/constants.pkl", b"\x80\x02).")]),
        "no_pickle": zip_archive([("a/data/0", bytes(16))]),
        "no_state": torch_zip(b"\x80\x02K\x01."),
        "storage_missing": torch_zip(torch_state(torch_tensor(key="1"))),
        "storage_short": torch_zip(sound, storage=bytes(15)),
        "storage_negative": torch_zip(torch_state(torch_tensor(count=-4))),
        "storage_untyped": torch_zip(torch_state(torch_tensor(b"K\x01"))),
        "view_outside": torch_zip(torch_state(torch_tensor(offset=1))),
        "stride_outside": torch_zip(torch_state(torch_tensor(strides=(3, 1)))),
        "stride_overflow": torch_zip(torch_state(torch_tensor(strides=(2**62, 2**62)))),
        "stride_negative": torch_zip(torch_state(torch_tensor(strides=(-2, 1)))),
        "shape_negative": torch_zip(torch_state(torch_tensor(shape=(-2, 2)))),
        "shape_overflow": torch_zip(torch_state(torch_tensor(shape=(2**62, 4), strides=(0, 0)))),
        "dimensions": torch_zip(torch_state(torch_tensor(shape=[1] * 65, strides=[0] * 65))),
        "strides_missing": torch_zip(torch_state(torch_tensor(strides=(1,)))),
        "wrapped_deep": torch_zip(torch_state(nested)),
        "duplicate": torch_zip(torch_state(torch_tensor()).replace(b"u}", pickled("t0") + torch_tensor() + b"u}")),
        "pickle_open": torch_zip(sound[:-1]),
        "pickle_operation": torch_zip(b"\x80\x02I1\n."),
        "cut": torch_zip(sound)[:-1],
        "directory_outside": torch_zip(sound, changes=[(end + 16, struct.pack("<I", 2**31))]),
        "entry_longer_than_file": torch_zip(sound, changes=[(torch_zip(sound).index(b"PK\x01\x02") + 20, struct.pack("<II", 2**31, 2**31))]),
        "entry_compressed": torch_zip(sound, changes=[(torch_zip(sound).index(b"PK\x01\x02") + 10, b"\x08\0")]),
        "entry_twice": torch_zip(sound, more=[("a/data/0", bytes(16))]),
        "stream_storage_longer_than_file": torch_stream(sound, storages=struct.pack("<q", 2**61) + bytes(16)),
        "stream_storage_cut": torch_stream(sound)[:-1],
        "stream_storage_untold": torch_stream(sound, keys=("0", "7")),
        "stream_storage_twice": torch_stream(sound, keys=("0", "0"), storages=2 * (struct.pack("<q", 4) + bytes(16))),
        "stream_version": torch_stream(sound).replace(b"M\xe9\x03.", b"M\xe8\x03."),
        "empty": b"",
    }
    for name, data in cases.items():
        write("tests/corrupt/torch", name, data)


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
    make_torch()
    make_csv_seeds()
