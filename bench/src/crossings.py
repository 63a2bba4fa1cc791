"""The Python side of the cases; how often is the caller's business."""

import asyncio
import contextlib
import ctypes
import gc
from time import perf_counter
from typing import Any

IN_FLIGHT = 1000


class Thing:
    """Something that crosses as a proxy."""


def thing() -> Thing:
    """Make a new one."""
    return Thing()


def collect() -> None:
    """Run the collector, and have the C library give back what it keeps for later, where it can (glibc)."""
    gc.collect()
    with contextlib.suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


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


# What is waited for: a Task that nothing could wake is destroyed.
futures: "list[asyncio.Future[None]]" = []


async def wait() -> None:
    """Wait for ever, for a future of one's own."""
    future = asyncio.get_running_loop().create_future()
    futures.append(future)
    await future


class Waiting:
    """Tasks of a stock loop that wait for ever."""

    def __init__(self) -> None:
        self.loop = asyncio.SelectorEventLoop()
        self.tasks: list[Any] = []

    def add(self, count: int) -> None:
        """Begin to wait so many times."""
        for _ in range(count):
            task: Any = self.loop.create_task(wait())
            task._log_destroy_pending = False  # at the end of the process
            self.tasks.append(task)
        self.loop.run_until_complete(asyncio.sleep(0))


tasks: "list[asyncio.Task[Any]]" = []


async def wait_for(fn: Any) -> None:
    """Wait for what a JavaScript function returned."""
    await fn()


async def start_tasks(fn: Any, count: int) -> "list[asyncio.Task[Any]]":
    """Tasks that wait for as many calls of a JavaScript function."""
    started = [asyncio.get_running_loop().create_task(wait_for(fn)) for _ in range(count)]
    await asyncio.sleep(0)
    return started


async def wait_in_tasks(fn: Any, count: int) -> None:
    """The same, for ever."""
    tasks.extend(await start_tasks(fn, count))


async def compute_on_loop(seconds: float) -> None:
    """Keep the interpreter busy."""
    end = perf_counter() + seconds
    while perf_counter() < end:
        pass


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


def compute(seconds: float) -> int:
    """Python code alone, for so long."""
    end, count = perf_counter() + seconds, 0
    while perf_counter() < end:
        count += 1
    return count


def add(a: int, b: int) -> int:
    return a + b
