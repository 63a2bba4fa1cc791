"""What is pending in Python: `python.pending()` of JavaScript. Private."""

import asyncio
import functools
import traceback
import types
from typing import Any

import _interloop

from . import _keep_alive


def pending(loop: Any) -> "list[list[Any]]":
    """What is pending on a loop, and which threads run: lists of its kind, what it is, where it was made, as far as anybody knows, and whether it keeps JavaScript alive."""
    rows: list[list[Any]] = []
    if loop is not None and not loop.is_closed():
        hosted = getattr(loop, "_hosted", False)
        rows += _descriptors(loop, hosted)
        rows += [["timer", _name(timer._callback), _made(timer, timer._callback), hosted] for timer in getattr(loop, "_scheduled", ()) if not timer._cancelled]
        awaited = _interloop.keeping_tasks() if hosted else []
        for task in asyncio.all_tasks(loop):
            coroutine: Any = task.get_coro()
            name = getattr(coroutine, "__qualname__", None) or repr(coroutine)
            rows.append(["task", f"{task.get_name()} ({name})", _made(task, coroutine), any(task is each for each in awaited)])
        rows += [["process", f"process {pid}", None, hosted] for pid in getattr(loop, "_children", ())]
    rows += [["thread", thread.name, where or None, True] for thread, (_, where) in list(_keep_alive.started.items())]
    rows += [["job", "a job of an executor", None, True] for _ in range(_keep_alive.jobs())]
    return rows


def _descriptors(loop: Any, hosted: bool) -> "list[list[Any]]":
    selector = getattr(loop, "_selector", None)
    own = {loop._ssock.fileno()} if getattr(loop, "_ssock", None) is not None else set()
    quiet = getattr(selector, "quiet", ())
    rows: list[list[Any]] = []
    for key in list(selector.get_map().values()) if selector is not None else []:
        if key.fd in own or not isinstance(key.data, tuple):
            continue
        for kind, handle in zip(("reader", "writer"), key.data):
            # The mailbox of our own.
            if handle is None or type(getattr(handle._callback, "__self__", None)).__module__ == "_interloop":
                continue
            keeps = hosted and (key.fd not in quiet or _server_runs())
            rows.append([kind, f"descriptor {key.fd}: {_name(handle._callback)}", _made(handle, handle._callback), keeps])
    return rows


def _server_runs() -> bool:
    from . import _grpc

    return _grpc.any_server()


def _name(callback: Any) -> str:
    while isinstance(callback, functools.partial):
        callback = callback.func
    owner = getattr(callback, "__self__", None)
    name = getattr(callback, "__qualname__", None) or repr(callback)
    return name if owner is None or isinstance(owner, (type, types.ModuleType)) else f"{name} of a {type(owner).__name__}"


def _made(maker: Any, code: Any) -> "str | None":
    """Where it was made, which asyncio's debug mode knows; else where it stands, or the function that will be called."""
    frames: list[traceback.FrameSummary] = getattr(maker, "_source_traceback", None) or []
    for summary in reversed(frames):
        if summary.filename != asyncio.__file__ and "/asyncio/" not in summary.filename:
            return f"{summary.filename}:{summary.lineno}"
    while isinstance(code, functools.partial):
        code = code.func
    code = getattr(code, "__func__", code)
    frame = getattr(code, "cr_frame", None) or getattr(code, "gi_frame", None)
    if frame is not None:
        return f"{frame.f_code.co_filename}:{frame.f_lineno}"
    body = getattr(code, "__code__", None) or getattr(code, "cr_code", None)
    return None if body is None else f"{body.co_filename}:{body.co_firstlineno}"
