"""What asyncio itself costs: the floors that a crossing is compared with.

Each floor runs on a stock `asyncio.SelectorEventLoop` of its own, debug off, and answers microseconds per operation. The benchmark runs this file inside the JavaScript
process; as a program it prints the floors of a plain Python, to check the ones inside: ``python floors.py 9`` prints nine slices of each as JSON.
"""

import asyncio
import json
import sys
from time import perf_counter
from typing import Any, Callable

IN_FLIGHT = 1000


async def noop() -> None:
    """Do nothing."""


async def sleep0() -> None:
    """Give way to the loop once."""
    await asyncio.sleep(0)


def add(a: int, b: int) -> int:
    """Add."""
    return a + b


async def _one_task_at_a_time(fn: Any, count: int) -> float:
    create_task = asyncio.get_running_loop().create_task
    start = perf_counter()
    for _ in range(count):
        await create_task(fn())
    return perf_counter() - start


async def _tasks_in_flight(fn: Any, count: int) -> float:
    create_task = asyncio.get_running_loop().create_task
    start = perf_counter()
    for _ in range(count // IN_FLIGHT):
        tasks = [create_task(fn()) for _ in range(IN_FLIGHT)]
        for task in tasks:
            await task
    return perf_counter() - start


async def _one_future_at_a_time(_: Any, count: int) -> float:
    loop = asyncio.get_running_loop()
    start = perf_counter()
    for _ in range(count):
        future = loop.create_future()
        loop.call_soon(future.set_result, None)
        await future
    return perf_counter() - start


async def _futures_in_flight(_: Any, count: int) -> float:
    loop = asyncio.get_running_loop()
    start = perf_counter()
    for _ in range(count // IN_FLIGHT):
        futures = [loop.create_future() for _ in range(IN_FLIGHT)]
        for future in futures:
            loop.call_soon(future.set_result, None)
        for future in futures:
            await future
    return perf_counter() - start


async def _numbers(count: int) -> Any:
    for number in range(count):
        yield number


async def _async_for(_: Any, count: int) -> float:
    start = perf_counter()
    async for _ in _numbers(count):
        pass
    return perf_counter() - start


async def _call(fn: Any, count: int) -> float:
    start = perf_counter()
    for _ in range(count):
        fn(1, 2)
    return perf_counter() - start


# Name, what is timed, what it is given, and how often: about 10 ms each on a machine of 2026.
FLOORS: "dict[str, tuple[Callable[[Any, int], Any], Any, int]]" = {
    "A": (_one_task_at_a_time, noop, 2_000),
    "A'": (_tasks_in_flight, noop, 5_000),
    "A sleep(0)": (_one_task_at_a_time, sleep0, 2_000),
    "A' sleep(0)": (_tasks_in_flight, sleep0, 4_000),
    "B": (_one_future_at_a_time, None, 3_000),
    "B'": (_futures_in_flight, None, 10_000),
    "C": (_async_for, None, 150_000),
    "D": (_call, add, 300_000),
}


def measure(name: str) -> float:
    """One slice of a floor, in microseconds per operation."""
    timed, given, count = FLOORS[name]
    loop = asyncio.SelectorEventLoop()
    loop.set_debug(False)
    try:
        return loop.run_until_complete(timed(given, count)) / count * 1e6
    finally:
        loop.close()


if __name__ == "__main__":
    for name in FLOORS:
        measure(name)
    slices: "dict[str, list[float]]" = {name: [] for name in FLOORS}
    for _ in range(int(sys.argv[1])):
        for name, taken in slices.items():
            taken.append(measure(name))
    print(json.dumps(slices))
