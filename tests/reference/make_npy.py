#!/usr/bin/env python3
"""Makes tests/golden/npy: small arrays as NumPy itself writes them, one a type and a version of the format.

    pip install numpy
    python tests/reference/make_npy.py
"""
from pathlib import Path

import numpy as np

OUT = Path(__file__).resolve().parent.parent / "golden" / "npy"


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    values = np.arange(6).reshape(2, 3) - 2
    for name in ["f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1"]:
        fitting = values.clip(0) if name[0] == "u" else values
        np.save(OUT / f"{name}.npy", fitting.astype("<" + name))
    np.save(OUT / "bool.npy", values > 0)
    for version in [(1, 0), (2, 0), (3, 0)]:
        with open(OUT / f"version{version[0]}.npy", "wb") as file:
            np.lib.format.write_array(file, values.astype("<f4"), version=version)
    np.save(OUT / "vector.npy", np.arange(4, dtype="<f4"))
    np.save(OUT / "scalar.npy", np.array(7, dtype="<f4"))
    np.save(OUT / "empty.npy", np.zeros((0, 5), dtype="<f4"))
    np.save(OUT / "fortran.npy", np.asfortranarray(values.astype("<f4")))
    np.save(OUT / "big_endian.npy", values.astype(">f4"))
    np.save(OUT / "records.npy", np.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")]))
    np.save(OUT / "objects.npy", np.array([None, 1], dtype=object), allow_pickle=True)


if __name__ == "__main__":
    main()
