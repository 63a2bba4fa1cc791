"""Uses everything that shop.ts declares, rightly."""

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any, Optional

import shop


def typed(cart: shop.Cart, big: shop.Big) -> "list[Any]":
    total: Awaitable[int] = cart.total()
    item: Optional[shop.Item] = shop.find("tea")
    price: float = 0.0 if item is None else item.price
    labels = big.labels
    label: Optional[bool] = None if labels is None else labels["new"]
    size: float = big.size
    limit: int = shop.Cart.limit
    owner: str = shop.Cart.of("Ada").owner + shop.Cart("Bob").owner
    values: float = shop.table()["a"][0]
    currency: shop.Currency = "EUR"
    return [total, price, label, size, limit, owner, values, currency, shop.names[0], shop.join("a", "b")]


async def iterate() -> float:
    return sum([value async for value in shop.count(4)])


async def main() -> None:
    work: Coroutine[Any, Any, float] = shop.price("tea")
    print(await work, await shop.price("milk", 2), await shop.later(3))
    print(shop.label("tea", rounded=True), shop.label("tea", rounded=False, currency="USD"))
    print(shop.VAT + 1, shop.float("1.5"), shop.price.__doc__)


asyncio.run(main())
