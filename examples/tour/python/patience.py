"""Python that is cancelled, and that cancels."""

import asyncio
from typing import Any

diary: "list[str]" = []


async def wait_for_tea() -> None:
    try:
        await asyncio.sleep(3600)
    except asyncio.CancelledError:
        diary.append("cancelled")
        raise
    finally:
        diary.append("tidying up")
        await asyncio.sleep(0.01)
        diary.append("tidy")


async def at_most(awaitable: Any, seconds: float) -> str:
    try:
        await asyncio.wait_for(awaitable, seconds)
    except asyncio.TimeoutError:
        return "TimeoutError"
    return "nothing"
