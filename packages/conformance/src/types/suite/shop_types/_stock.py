# ruff: noqa: UP006, UP035
from typing import Dict, List


class Stock(Dict[str, int]):
    """What there is."""

    def names(self) -> List[str]:
        return list(self)


def count(stock: Stock) -> int:
    return len(stock)
