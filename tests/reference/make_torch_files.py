#!/usr/bin/env python3
"""Writes tests/golden/torch: files of torch.save, and what their tensors are.

  zip.bin, stream.bin                  one state_dict of many kinds of tensors in both containers
  protocol4.bin, stream4.bin           the same in a newer pickle
  parameters.bin                       a module's parameters, some with attributes, beside numbers and texts
  wrapped.bin                          a state_dict as training programs save it
  python2.bin                          the stream as Python 2 wrote it
  tensors.safetensors                  the values, row-major, under the same names
  st-dense, st-static                  the weights of tests/golden/vectors' directories as .bin: over two files (a zip and a
                                       stream) with an index, and one file a module

Usage: make_torch_files.py   (needs torch, safetensors)
"""
import json
import pickle
import shutil
import struct
import zipfile
from collections import OrderedDict
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "golden" / "torch"
VECTORS = ROOT / "golden" / "vectors"


def tensors() -> OrderedDict:
    generator = torch.Generator().manual_seed(20240611)
    values = torch.randn(6, 8, generator=generator)
    result = OrderedDict()
    result["f32"] = values
    result["tied"] = values  # the same storage
    result["rows"] = values[2:5]
    result["columns"] = values[:, 1:7:2]  # strided
    result["transposed"] = values.t()
    result["permuted"] = torch.arange(60, dtype=torch.float32).reshape(3, 4, 5).permute(2, 0, 1)
    result["one_column"] = values[:, 3:4]  # contiguous but for a stride that does not matter
    result["f64"] = torch.randn(3, 4, generator=generator, dtype=torch.float64)
    result["f16"] = torch.randn(5, generator=generator).half()
    result["bf16"] = torch.randn(4, 3, generator=generator).bfloat16()
    result["bf16.transposed"] = result["bf16"].t()
    result["f64.transposed"] = result["f64"].t()
    result["i64"] = torch.arange(-2, 5)
    result["i32"] = torch.arange(4, dtype=torch.int32)
    result["i16"] = torch.tensor([-3, 300], dtype=torch.int16)
    result["i8.transposed"] = torch.arange(6, dtype=torch.int8).reshape(2, 3).t()
    result["u8"] = torch.tensor([200, 3], dtype=torch.uint8)
    result["bool"] = torch.tensor([True, False, True])
    result["empty"] = torch.zeros(0, 7)
    result["scalar"] = torch.tensor(1.5)
    result["u16"] = torch.tensor([1, 65535], dtype=torch.uint16)  # over an untyped storage
    return result


# What Kindred opens a file with but does not give.
def unread() -> OrderedDict:
    return OrderedDict(complex=torch.zeros(2, dtype=torch.complex64), float8=torch.ones(3).to(torch.float8_e4m3fn),
                       negated=torch.tensor([1 + 2j]).conj().imag, expanded=torch.ones(1).expand(100, 1000))


class OldPickler(pickle._Pickler):
    """Python 2 gave an OrderedDict its pairs as an argument, and texts as bytes."""

    def persistent_id(self, thing):
        return self.storage_id(thing) if isinstance(thing, torch.storage.TypedStorage) else None

    def save_str(self, text):
        data = text.encode()
        self.write(pickle.SHORT_BINSTRING + struct.pack("<B", len(data)) + data)
        self.memoize(text)

    def reduce_dict(self, thing):
        self.save_reduce(OrderedDict, ([[key, value] for key, value in thing.items()],), obj=thing)

    dispatch = dict(pickle._Pickler.dispatch)
    dispatch[str] = save_str
    dispatch[OrderedDict] = reduce_dict


def write_python2(path: Path, state: OrderedDict) -> None:
    storages = {}

    def storage_id(storage):
        key = str(storage._cdata)
        storages[key] = storage
        return ("storage", getattr(torch, storage._pickle_storage_type()), key, "cuda:0", storage._size(), None)

    with open(path, "wb") as file:
        for value in (torch.serialization.MAGIC_NUMBER, torch.serialization.PROTOCOL_VERSION,
                      {"protocol_version": 1001, "little_endian": True, "type_sizes": {"short": 2, "int": 4, "long": 4}}):
            pickle.dump(value, file, protocol=2)
        pickler = OldPickler(file, protocol=2)
        pickler.storage_id = storage_id
        pickler.dump(state)
        pickle.dump(sorted(storages), file, protocol=2)
        for key in sorted(storages):
            file.write(struct.pack("<q", storages[key]._size()))
            file.write(bytes(storages[key]._untyped_storage))


def write_files() -> None:
    state, others = tensors(), unread()
    save_file({name: value.contiguous().clone() for name, value in state.items()}, OUT / "tensors.safetensors")
    both = OrderedDict(**state, **others)
    torch.save(both, OUT / "zip.bin")
    torch.save(dict(both), OUT / "protocol4.bin", pickle_protocol=4)
    # PyTorch itself cannot read its streams with untyped storages.
    typed = OrderedDict((name, value) for name, value in both.items() if name not in ("u16", "float8"))
    torch.save(typed, OUT / "stream.bin", _use_new_zipfile_serialization=False)
    torch.save(typed, OUT / "stream4.bin", _use_new_zipfile_serialization=False, pickle_protocol=4)
    with_attribute = torch.nn.Parameter(state["transposed"])
    with_attribute.tag = "kept in training"
    parameters = OrderedDict({"f32": torch.nn.Parameter(state["f32"]), "transposed": with_attribute,
                              "epoch": 3, "note": "naïve 苹果", "rates": [0.1, 2**70, None, -1], "nested": {"a": (1, True)}})
    parameters._metadata = OrderedDict({"": {"version": 1}})
    torch.save(parameters, OUT / "parameters.bin")
    torch.save({"epoch": 7, "state_dict": OrderedDict(f16=state["f16"]), "optimizer": {"lr": 1e-3}}, OUT / "wrapped.bin")
    write_python2(OUT / "python2.bin", OrderedDict(f32=state["f32"], transposed=state["transposed"], f16=state["f16"]))
    for name in ("zip", "stream", "protocol4", "stream4", "parameters", "wrapped", "python2"):
        read = torch.load(OUT / f"{name}.bin", weights_only="4" not in name, map_location="cpu")
        read = read.get("state_dict", read)
        for key, value in read.items():
            if key in state:
                assert torch.equal(value, state[key]), (name, key)


def write_models() -> None:
    weights = load_file(VECTORS / "st-dense" / "model.safetensors")
    names = list(weights)
    files = {name: f"pytorch_model-0000{1 + (i >= len(names) // 2)}-of-00002.bin" for i, name in enumerate(names)}
    dense = OUT / "st-dense"
    for number, file in enumerate(sorted(set(files.values()))):
        # As models converted from TensorFlow have them: matrices that lie transposed.
        state = OrderedDict((n, weights[n].t().contiguous().t() if number else weights[n]) for n in names if files[n] == file)
        torch.save(state, dense / file, _use_new_zipfile_serialization=number == 0)
    index = {"metadata": {"total_size": sum(w.numel() * w.element_size() for w in weights.values())}, "weight_map": files}
    (dense / "pytorch_model.bin.index.json").write_text(json.dumps(index, indent=1) + "\n")
    for folder, new in (("2_Dense", True), ("3_Dense", False)):
        (dense / folder).mkdir()
        torch.save(OrderedDict(load_file(VECTORS / "st-dense" / folder / "model.safetensors")),
                   dense / folder / "pytorch_model.bin", _use_new_zipfile_serialization=new)
    torch.save(OrderedDict(load_file(VECTORS / "st-static" / "model.safetensors")), OUT / "st-static" / "pytorch_model.bin")


def main() -> None:
    shutil.rmtree(OUT, ignore_errors=True)
    for folder in ("st-dense", "st-static"):
        (OUT / folder).mkdir(parents=True)
    write_files()
    write_models()
    (OUT / "tensors.safetensors").chmod(0o644)
    seeds = ROOT.parent / "fuzz" / "seeds" / "torch_file"
    seeds.mkdir(parents=True, exist_ok=True)
    for file in OUT.glob("*.bin"):
        shutil.copy(file, seeds)
    for name in ("zip", "protocol4", "parameters"):
        with zipfile.ZipFile(OUT / f"{name}.bin") as archive:
            (ROOT.parent / "fuzz" / "seeds" / "pickle").mkdir(exist_ok=True)
            (ROOT.parent / "fuzz" / "seeds" / "pickle" / name).write_bytes(archive.read(f"{name}/data.pkl"))


if __name__ == "__main__":
    main()
