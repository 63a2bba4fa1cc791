"""What a call from JavaScript may do to a loop that runs on another thread. Used by the addon.

The methods of asyncio's loops are for the loop's own thread, yet a plain call from JavaScript uses them: ``asyncio.gather`` makes Tasks there, ``queue.put_nowait`` and ``task.cancel`` call ``call_soon``. So
these methods are guarded: on a thread of JavaScript they collect what is to be called, and the end of the call from JavaScript posts it. The loop sees nothing of what a call makes before it is whole.
"""

import asyncio
import contextlib
import contextvars
import functools
from collections.abc import Callable
from typing import Any

with contextlib.suppress(ImportError):  # a plain Python, which reads this module too, does not have it
    import _interloop

_METHODS = ("call_soon", "call_later", "call_at", "call_soon_threadsafe")


# Loops of other threads that are the running one here, during `python.inLoop`.
borrowed: "set[Any]" = set()


def guard(loop: Any) -> None:
    """Make the loop's methods safe to be called by JavaScript on another thread."""
    for name in _METHODS:
        here = _ANYWHERE[name].__get__(loop)
        setattr(loop, f"_own_{name}", getattr(loop, name))
        setattr(loop, f"_js_{name}", here)
        setattr(loop, name, _interloop.guard((loop, f"_own_{name}", f"_js_{name}")))
    loop.run_until_complete = functools.partial(run_elsewhere, loop)


def run_elsewhere(loop: Any, future: Any) -> Any:
    """`run_until_complete` of a loop that another thread runs. asyncio's own raises; that of nest_asyncio, which may run inside of itself, would read the loop's descriptors on two threads."""
    if not (hasattr(loop, "_nest_patched") and asyncio._get_running_loop() is not loop and loop.is_running()):
        return type(loop).run_until_complete(loop, future)
    return asyncio.run_coroutine_threadsafe(_result(future), loop).result()


async def _result(future: Any) -> Any:
    return await future


def unguard(loop: Any) -> None:
    """Give the loop's methods back: the guards hold the loop."""
    for name in _METHODS:
        for key in (name, f"_own_{name}", f"_js_{name}"):
            loop.__dict__.pop(key, None)
    loop.__dict__.pop("run_until_complete", None)


def _is_elsewhere(loop: Any) -> bool:
    """Whether the loop runs on another thread than this one, which is JavaScript's."""
    return loop in borrowed or (asyncio._get_running_loop() is not loop and loop.is_running())


def _call_soon(loop: Any, callback: "Callable[..., object]", *args: Any, context: Any = None) -> Any:
    if not _is_elsewhere(loop):
        return loop._own_call_soon(callback, *args, context=context)
    handle = asyncio.Handle(callback, args, loop, context)
    _interloop.defer((loop, handle))
    return handle


def _call_soon_threadsafe(loop: Any, callback: "Callable[..., object]", *args: Any, context: Any = None) -> Any:
    # Whoever calls this may go on to wait for what it called before.
    deferred = _interloop.take_deferred()
    if deferred is not None:
        post(deferred)
    return loop._own_call_soon_threadsafe(callback, *args, context=context)


def _call_later(loop: Any, delay: float, callback: "Callable[..., object]", *args: Any, context: Any = None) -> Any:
    if not _is_elsewhere(loop):
        return loop._own_call_later(delay, callback, *args, context=context)
    return _call_at(loop, loop.time() + delay, callback, *args, context=context)


def _call_at(loop: Any, when: float, callback: "Callable[..., object]", *args: Any, context: Any = None) -> Any:
    if not _is_elsewhere(loop):
        return loop._own_call_at(when, callback, *args, context=context)
    timer = _Timer(when, callback, args, loop, context)
    _interloop.defer((loop, timer))
    return timer


_ANYWHERE: "dict[str, Callable[..., Any]]" = {
    "call_soon": _call_soon,
    "call_soon_threadsafe": _call_soon_threadsafe,
    "call_later": _call_later,
    "call_at": _call_at,
}


class _Timer(asyncio.TimerHandle):
    """A timer of a loop on another thread, where another one stands for it."""

    there: "asyncio.TimerHandle | None" = None

    def start(self) -> None:
        loop: Any = self._loop  # type: ignore[attr-defined]
        self.there = loop.call_at(self.when(), _run, self)

    def cancel(self) -> None:
        asyncio.Handle.cancel(self)
        if self.there is not None:
            loop: Any = self._loop  # type: ignore[attr-defined]
            with contextlib.suppress(RuntimeError):  # closed
                loop.call_soon_threadsafe(self.there.cancel)


def post(deferred: "list[tuple[Any, asyncio.Handle]]") -> None:
    """Let loops of other threads call what was collected here."""
    by_loop: dict[Any, list[asyncio.Handle]] = {}
    for loop, handle in deferred:
        by_loop.setdefault(loop, []).append(handle)
    for loop, handles in by_loop.items():
        with contextlib.suppress(RuntimeError):  # closed
            loop.call_soon_threadsafe(_queue, loop, handles, context=contextvars.Context())


def _queue(loop: Any, handles: "list[asyncio.Handle]") -> None:
    for handle in handles:
        if isinstance(handle, _Timer):
            if not handle.cancelled():
                handle.start()
        else:
            loop.call_soon(_run, handle)


def _run(handle: Any) -> None:
    if not handle.cancelled():
        handle._run()
