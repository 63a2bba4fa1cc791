"""Jobs that block: the threads that run them, and what crosses to the workers of JavaScript. Private."""

import asyncio
import contextvars
import functools
import itertools
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import _interloop

from ._errors import InterloopError


class Job:
    """One job, from when it is accepted to its end. `future` belongs to the loop."""

    def __init__(self) -> None:
        self.ended = False
        self.future: Any = None
        self._thread_future: Any = None

    def begin(self, executor: ThreadPoolExecutor, loop: Any, function: "Callable[[], Any]") -> None:
        context = contextvars.copy_context()
        context.run(_inside.set, self)
        self._thread_future = executor.submit(context.run, _call, function)
        self.future = asyncio.wrap_future(self._thread_future, loop=loop)

    def cancel(self) -> None:
        """Python cannot stop a thread: this is for a job that has not begun."""
        thread_future = self._thread_future
        if thread_future is not None:
            thread_future.cancel()


_inside: "contextvars.ContextVar[Job | None]" = contextvars.ContextVar("interloop.job", default=None)


def _call(function: "Callable[[], Any]") -> Any:
    try:
        result = function()
        if _interloop.in_child():
            _interloop.leave_child(None)
        return result
    except StopIteration as error:  # no future takes it
        raise RuntimeError("The job raised StopIteration") from error


class Threads:
    """A ThreadPoolExecutor that takes so many jobs and no more."""

    def __init__(self, size: "int | None", queue: int) -> None:
        self._size = size or min(32, (os.cpu_count() or 1) + 4)
        self._queue = queue
        self._executor = ThreadPoolExecutor(self._size, "interloop-job")
        self._lock = threading.Lock()
        self._pending = 0

    def submit(self, loop: Any, function: "Callable[[], Any]") -> Job:
        outer = _inside.get()
        nested = outer is not None and not outer.ended
        # The job that waits for this one has a thread; if all threads wait in this way, none is left for what they wait for.
        most = self._size if nested else self._size + self._queue
        with self._lock:
            if self._pending >= most:
                raise InterloopError("pool-full", self._why(nested))
            self._pending += 1
        job = Job()
        try:
            job.begin(self._executor, loop, function)
        except BaseException:
            self._end(job)
            raise
        job._thread_future.add_done_callback(functools.partial(self._end, job))
        return job

    def _end(self, job: Job, _: Any = None) -> None:
        job.ended = True
        job._thread_future = None  # which keeps its callbacks, this one too, and the result
        with self._lock:
            self._pending -= 1

    def _why(self, nested: bool) -> str:
        if nested:
            return f"A job that waits for another one would wait for ever: all {self._size} threads are in use; enlarge pools.threads.size in init()"
        return f"All {self._size} threads are in use and {self._queue} jobs wait already: await some first, or enlarge pools.threads in init()"


def bind(function: Any) -> Any:
    """What gives, called with the arguments, a job of one call."""
    if not callable(function):
        raise InterloopError("bad-argument", f"spawnBlocking takes something that can be called, not {function!r}")
    return functools.partial(functools.partial, function)


# What goes to another JS environment of this process by number: a Python object belongs to all threads, its handle to one.

_lent: "dict[int, Any]" = {}
_numbers = itertools.count(1)


def lend(value: Any) -> int:
    number = next(_numbers)
    _lent[number] = value
    return number


def take(number: int) -> Any:
    return _lent.pop(number)


def drop_lent(number: int) -> None:
    _lent.pop(number, None)


def raise_lent(number: int) -> None:
    raise _lent.pop(number)


def lend_context() -> int:
    """The current context without what belongs to the caller's JavaScript; 0 when nothing is left."""
    context = contextvars.Context()
    for variable, value in contextvars.copy_context().items():
        if not variable.name.startswith("interloop."):
            context.run(variable.set, value)
    return lend(context) if len(context) else 0
