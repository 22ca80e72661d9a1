#!/usr/bin/env python3
"""Makes tests/golden/parquet: products as other people's programs write them.

    .venv/bin/python tests/reference/make_parquet.py
"""
import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

OUT = Path(__file__).resolve().parent.parent / "golden" / "parquet"


def products():
    attributes = pa.struct([("colour", pa.string()), ("storage_gb", pa.int32()), ("waterproof", pa.bool_())])
    return pa.table(
        {
            "sku": pa.array(["A1", "A2", "A3", "A4", "A5"], pa.string()),
            "title": pa.array(["Red teapot", "防水背包", "Zapatillas", "Lamp", "Bad price"], pa.large_string()),
            "brand": pa.array(["Umi", "Umi", "Correr", None, "Umi"]).dictionary_encode(),
            "price": pa.array([19.99, 45.0, None, 1.5, -3.0], pa.float64()),
            "weight": pa.array([None, 1, 2, 3, 4], pa.int16()),
            "released": pa.array([datetime.date(2026, 1, 31), None, None, None, None], pa.date32()),
            "attributes": pa.array([{"colour": "red"}, {"storage_gb": 256, "waterproof": True}, None, None, None], attributes),
            "titles": pa.array([[("fr", "Théière rouge")], [], None, None, None], pa.map_(pa.string(), pa.string())),
            "images": pa.array([["a.jpg", "b.jpg"], None, None, None, None], pa.list_(pa.string())),
            "image": pa.array([None, None, None, ["x.jpg"], None], pa.list_(pa.string())),
        }
    )


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    pq.write_table(products(), OUT / "products.parquet", compression="zstd", row_group_size=2)


if __name__ == "__main__":
    main()
