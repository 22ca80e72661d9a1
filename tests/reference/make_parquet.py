#!/usr/bin/env python3
"""Makes tests/golden/parquet: products as other people's programs write them.

    .venv/bin/python tests/reference/make_parquet.py
"""
import datetime
import decimal
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


def prices():
    exact = decimal.Decimal
    return pa.table(
        {
            "id": pa.array([1, 2, 3, 4], pa.int64()),
            "title": pa.array(["a", "b", "c", "d"], pa.string()),
            "price": pa.array([4.999, 19.995, float("nan"), 1299.0], pa.float64()),
            "cost": pa.array([exact("1.299"), exact("0.500"), None, exact("-2.000")], pa.decimal128(12, 3)),
            "list_price": pa.array(["1.299,00 €", "12,5", None, "1.299"], pa.string()),
            "single": pa.array([0.1, 19.995, 1e-7, 3e8], pa.float32()),
            "sold": pa.array([True, False, None, True], pa.bool_()),
            "day": pa.array([datetime.date(1969, 12, 31), datetime.date(2026, 2, 28), None, None], pa.date32()),
        }
    )


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    pq.write_table(products(), OUT / "products.parquet", compression="zstd", row_group_size=2)
    pq.write_table(prices(), OUT / "prices.parquet", compression="zstd")


if __name__ == "__main__":
    main()
