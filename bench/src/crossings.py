"""The Python side of the cases; how often is the caller's business."""

from time import perf_counter
from typing import Any

IN_FLIGHT = 1000


class Thing:
    """Something that crosses as a proxy."""


def thing() -> Thing:
    """Make a new one."""
    return Thing()


async def await_one_at_a_time(fn: Any, count: int) -> float:
    """Microseconds per await of what a JavaScript function returned."""
    start = perf_counter()
    for _ in range(count):
        await fn()
    return (perf_counter() - start) / count * 1e6


async def await_in_flight(fn: Any, count: int) -> float:
    """As above with a thousand promises in flight."""
    start = perf_counter()
    for _ in range(count // IN_FLIGHT):
        promises = [fn() for _ in range(IN_FLIGHT)]
        for promise in promises:
            await promise
    return (perf_counter() - start) / count * 1e6


async def numbers(count: int) -> Any:
    """An async generator that never waits."""
    for number in range(count):
        yield number


async def add_up(stream: Any) -> int:
    """The sum of what a stream gives."""
    total = 0
    async for number in stream:
        total += number
    return total


def view(array: Any) -> int:
    """Look at the memory of a JavaScript array."""
    return memoryview(array).nbytes
