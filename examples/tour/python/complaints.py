"""Errors on their way through Python; the module `warehouse` is TypeScript."""

import asyncio

import interloop
import warehouse  # type: ignore[import-not-found]


async def lookup(item: str) -> int:
    await asyncio.sleep(0)
    return {"tea": 1}[item]


async def report() -> str:
    try:
        await warehouse.take()
    except interloop.JsError as error:
        return f"interloop.JsError, name {error.name!r}, message {error.message!r}"
    return "nothing"


async def pass_on() -> None:
    await asyncio.gather(warehouse.take())


def round_trip() -> bool:
    original = ValueError("out and back")

    def fail() -> None:
        raise original

    try:
        warehouse.call(fail)
    except ValueError as error:
        return error is original
    return False
