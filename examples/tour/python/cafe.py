"""Python that awaits TypeScript: the module `kitchen` is made by the program that imports this file."""

import asyncio
import inspect

from kitchen import brew  # type: ignore[import-not-found]


async def order(drink: str, sugar: int = 0) -> str:
    result: str = await brew(drink, sugar=sugar)
    return result


async def order_all(drinks: "list[str]") -> "list[str]":
    return list(await asyncio.gather(*(brew(drink) for drink in drinks)))


def brew_is_async() -> bool:
    return inspect.iscoroutinefunction(brew)
