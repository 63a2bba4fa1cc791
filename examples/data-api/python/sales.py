"""What the API computes: a summary with pandas, a chart with matplotlib."""

import io
from typing import Any

import matplotlib

matplotlib.use("Agg")  # draws into memory, and needs no window

import pandas as pd
from matplotlib.figure import Figure


def summary(orders: list[dict[str, Any]]) -> list[dict[str, Any]]:
    frame = pd.DataFrame(orders).assign(total=lambda f: f["count"] * f["price"])
    return frame.groupby("item", as_index=False).agg(count=("count", "sum"), total=("total", "sum")).to_dict("records")


def chart(orders: list[dict[str, Any]]) -> bytes:
    rows = summary(orders)
    figure = Figure(figsize=(4, 3))
    figure.subplots().bar([row["item"] for row in rows], [row["total"] for row in rows])
    out = io.BytesIO()
    figure.savefig(out, format="png")
    return out.getvalue()
