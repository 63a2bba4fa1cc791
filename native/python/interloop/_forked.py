"""What becomes of a process that Python forks: it has no JavaScript. Private: the addon's ``forked_child.cc`` and this file change together."""

import asyncio
import atexit
import contextlib
import os
import select
import signal
import sys
import threading
from typing import Any

import _interloop

from ._main import status_of
from ._policy import event_loop_policy
from ._shutdown import driven_loops

# The Task, and the loop, in which this thread forks just now.
_forking: "tuple[Any, Any]" = (None, None)


def watch_forks() -> None:
    """Hear of forks, before anything else does."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=_before, after_in_parent=_in_parent, after_in_child=_in_child)


def _before() -> None:
    global _forking
    loop = asyncio._get_running_loop()
    if loop is None and _interloop.in_child():
        return  # a child forks: the call that both come from is the same
    _forking = (asyncio.current_task(loop) if loop is not None else None, loop)


def _in_parent() -> None:
    global _forking
    if not _interloop.in_child():
        _forking = (None, None)


def _in_child() -> None:
    _, running = _forking
    # Python's main thread from now on: the threads that it starts are waited for.
    threading.current_thread()._daemonic = False  # type: ignore[attr-defined]
    for loop in _interloop.enter_child():
        _end_hosting(loop)
    with contextlib.suppress(ValueError):  # this thread was not the main one
        signal.set_wakeup_fd(-1)
    # As asyncio itself does from Python 3.12 on.
    asyncio._set_running_loop(None)
    policy = event_loop_policy()
    with contextlib.suppress(Exception):
        policy._local = type(policy)._Local()
    if running is not None:
        _expect_no_running_loop(running)
    if running in driven_loops:
        _empty(running)
        running.call_soon(_leave_loop)


def _expect_no_running_loop(loop: Any) -> None:
    """See `_without_leaving`."""
    report = loop.call_exception_handler

    def call_exception_handler(context: "dict[str, Any]") -> None:
        error = context.get("exception")
        beneath = _without_leaving(error)
        if beneath is error:
            report(context)
        elif beneath is not None:
            raise beneath

    with contextlib.suppress(AttributeError):
        loop.call_exception_handler = call_exception_handler


def _without_leaving(error: "BaseException | None") -> "BaseException | None":
    """From Python 3.14 on the step of a Task that forked fails at its end in the child, since its loop runs no longer there. The Task has its outcome by then, and what ends a process lies beneath that error."""
    if not (isinstance(error, RuntimeError) and str(error).endswith(" is not the running loop")):
        return error
    return error.__context__ if isinstance(error.__context__, (SystemExit, KeyboardInterrupt)) else None


def _end_hosting(loop: Any) -> None:
    """The loop of JavaScript is an ordinary one now, with nothing to do."""
    if sys.get_asyncgen_hooks().firstiter == loop._asyncgen_firstiter_hook:
        sys.set_asyncgen_hooks(None, None)
    loop._hosted = loop._driving = False
    loop._tell_debug = None
    loop._selector.blocking = True
    loop._thread_id = None
    _empty(loop)


def _empty(loop: Any) -> None:
    """Nothing of the parent's is done twice, and what the child unregisters stays registered in the parent, with which it shares the selector's descriptor."""
    queues = [queue for queue in (getattr(loop, "_ready", None), getattr(loop, "_scheduled", None)) if queue is not None]
    # Freed here, they would warn of tasks and coroutines that go on in the parent.
    _interloop.keep([asyncio.all_tasks(loop), *map(list, queues)])
    for queue in queues:
        queue.clear()
    selector: Any = getattr(loop, "_selector", None)
    epoll = getattr(select, "epoll", None)
    if epoll is not None and isinstance(getattr(selector, "_selector", None), epoll):
        selector._selector.close()
        selector._selector = epoll()


def _leave_loop() -> None:
    """The callback that forked has returned to a loop of interloop, which nobody awaits here."""
    _interloop.leave_child(None)


def ended_by(status: int) -> BaseException:
    """The exception that ends this process with a status, or with the negative number of a signal, and is not shown: that has been done."""
    error = SystemExit(status) if status >= 0 else KeyboardInterrupt()
    error._interloop_told = True  # type: ignore[union-attr]
    return error


def _show(error: BaseException) -> None:
    try:
        sys.excepthook(type(error), error, error.__traceback__)
    except BaseException:
        sys.__excepthook__(type(error), error, error.__traceback__)


def leave(error: "BaseException | None", ended: bool) -> int:
    """Do what Python does at the end of a process, and answer with its exit status. `ended`: the call that forked has; otherwise its Task may say what became of it."""
    task = _forking[0]
    error = _without_leaving(error)
    if error is None and task is not None:
        if not task.done():
            if not ended:
                error = RuntimeError(
                    "A forked process cannot go on with the coroutine that forked: its event loop belongs to the parent; use asyncio.run() in the child"
                )
        elif not task.cancelled():
            error = task.exception()
    status = 0
    if isinstance(error, SystemExit):
        status = status_of(error)
    elif error is not None:
        if not getattr(error, "_interloop_told", False):
            _show(error)
        status = -signal.SIGINT if isinstance(error, KeyboardInterrupt) else 1
    # This thread is Python's main one now, though Python may not have started it.
    main: Any = threading.main_thread()
    if getattr(main, "_tstate_lock", main) is None:
        main._set_tstate_lock()
    with contextlib.suppress(KeyboardInterrupt):
        threading._shutdown()  # type: ignore[attr-defined]
        main._is_stopped = True  # Python's own end asks again
        atexit._run_exitfuncs()
    # Python 3.13 deletes a thread that it has not started when this is freed, and cannot do that any more once its modules are gone.
    with contextlib.suppress(AttributeError):
        del threading._thread_local_info._track_dummy_thread_ref  # type: ignore[attr-defined]
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
    return status
