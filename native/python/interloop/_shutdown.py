"""Ending what runs on a loop: at `shutdown()`, at the end of `run()`, and at the end of the process. Private."""

import asyncio
import sys
import weakref
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._thread import LoopThread

# By loop: the threads of placement "thread".
loop_threads: "dict[Any, LoopThread]" = {}

# Loops that are shut down at the end of the process, when JavaScript does not run any more: nothing may wait for it.
without_js: "weakref.WeakSet[Any]" = weakref.WeakSet()

# Tasks that had not ended when the process did. To free one throws GeneratorExit into its coroutine, and one that swallows cancellations may swallow that, too, and run for ever: so the interpreter is not finalised.
left_behind: "list[asyncio.Task[Any]]" = []

# The loops that interloop drives on a thread of Python.
driven_loops: "weakref.WeakSet[Any]" = weakref.WeakSet()


def _unfinished(loop: asyncio.AbstractEventLoop) -> "list[asyncio.Task[Any]]":
    try:
        current = asyncio.current_task(loop)
    except RuntimeError:
        current = None
    return [task for task in asyncio.all_tasks(loop) if task is not current]


async def cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel the loop's tasks and wait for them."""
    # What other threads have posted until now becomes tasks: the first turn finds that there is something, the second one is after it.
    for _ in range(2):
        await asyncio.sleep(0)
    tasks = _unfinished(loop)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for task in tasks:
        if not task.cancelled() and task.exception() is not None:
            loop.call_exception_handler(
                {"message": "unhandled exception during shutdown", "exception": task.exception(), "task": task},
            )


async def shutdown(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel the loop's tasks and wait for them; end its async generators and its executor's threads."""
    await cancel_all(loop)
    await loop.shutdown_asyncgens()
    await loop.shutdown_default_executor()


def stuck(loop: asyncio.AbstractEventLoop, *ours: str) -> str:
    """What had not ended, in words; `ours` are coroutines that wait for the others."""
    found = [
        f"task {task.get_name()!r} ({name})"
        for task in _unfinished(loop)
        for name in [getattr(task.get_coro(), "__qualname__", task.get_coro())]
        if name not in ("shutdown", *ours)
    ]
    executor = getattr(loop, "_default_executor", None)
    found += [f"executor thread {thread.name!r}" for thread in getattr(executor, "_threads", ()) if thread.is_alive()]
    return ", ".join(found) or "nothing that Python knows of"


def shutdown_now(loop: asyncio.AbstractEventLoop, seconds: float) -> None:
    """The same at the end of the process, while JavaScript stands still. Tasks that wait for it are cancelled like all others."""
    without_js.add(loop)
    thread = loop_threads.get(loop)
    if thread is not None:
        thread.end_now(seconds)
        return
    if loop.is_closed() or loop.is_running():
        return
    try:
        if _unfinished(loop) or getattr(loop, "_asyncgens", None) or getattr(loop, "_default_executor", None):
            _run_for(seconds, loop)
    finally:
        loop.close()


def expect_failures(loop: asyncio.AbstractEventLoop) -> None:
    """The JavaScript of this loop has been ended from outside: what fails because of that is nobody's fault, and is not reported."""

    def report(loop: asyncio.AbstractEventLoop, context: "dict[str, Any]") -> None:
        error = context.get("exception")
        left = error is None and "destroyed" in context["message"]
        if not left and not _comes_of_the_end(error):
            loop.default_exception_handler(context)

    loop.set_exception_handler(report)


def _comes_of_the_end(error: "BaseException | None") -> bool:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if getattr(error, "code", None) == "finalized" or isinstance(error, asyncio.CancelledError) or "generator is already running" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def _run_for(seconds: float, loop: asyncio.AbstractEventLoop) -> None:
    """Shut the loop down, and leave what has not ended when the time is up. To cancel `shutdown` would not do: it would wait for the tasks that swallow their cancellation all the same."""
    task = loop.create_task(shutdown(loop))

    def stop(_: Any = None) -> None:
        # Not loop.stop(): a GuestLoop refuses it when something like nest_asyncio has put its own run_forever() in the place of ours.
        asyncio.BaseEventLoop.stop(loop)  # type: ignore[arg-type]

    task.add_done_callback(stop)
    timer = loop.call_later(seconds, stop)
    loop.run_forever()
    timer.cancel()
    if task.done():
        if not task.cancelled() and task.exception() is not None:
            loop.call_exception_handler({"message": "exception during shutdown", "exception": task.exception(), "task": task})
        return
    leave_stuck(loop)


def leave_stuck(loop: asyncio.AbstractEventLoop) -> None:
    """Name, at the end of the process, what had not ended in time, and never touch it again."""
    print(f"interloop: at exit these had not ended: {stuck(loop)}", file=sys.stderr, flush=True)
    keep_stuck(loop)


def keep_stuck(loop: asyncio.AbstractEventLoop) -> None:
    """Keep the loop's unfinished tasks for ever."""
    for task in asyncio.all_tasks(loop):
        task._log_destroy_pending = False  # type: ignore[attr-defined]
        left_behind.append(task)


def close_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Close a loop, on whatever thread it runs."""
    thread = loop_threads.get(loop)
    if thread is not None:
        thread.close()
    elif not loop.is_closed():
        loop.close()


def is_idle(loop: Any) -> bool:
    """Whether a GuestLoop has nothing to do."""
    return hasattr(loop, "_next_wake") and not loop._ready and loop._next_wake() < 0 and not _unfinished(loop)
