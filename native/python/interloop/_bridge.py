"""What core needs of Python beyond the addon's own operations. Private: core and this file change together."""

import asyncio
import builtins
import contextvars
import importlib
import inspect
import linecache
import operator
import sys
import textwrap
import traceback
import types
from collections.abc import Callable, Coroutine
from threading import get_ident
from typing import Any

import _interloop

from . import _blocking, _errors, _leaks, _shutdown
from ._errors import JsError, from_js
from ._js import JsFunction, new
from ._js_call import call_there
from ._loop import GuestLoop
from ._main import Main, prepare_main, status_of, the_main
from ._modules import choose as choose_modules
from ._program import prepare_program
from ._run import Driver, make_loop, where_to_run
from ._shutdown import is_idle, shutdown, stuck
from ._thread import loop_thread, start_loop_thread

# Functions that exist already; core looks all of them up here.
copy_bare_context = _interloop.copy_context
bool_ = bool
contains = operator.contains
copy_context = contextvars.copy_context
delitem = operator.delitem
equals = operator.eq
eval = builtins.eval
exec = builtins.exec
get_running_loop = asyncio.get_running_loop
getattr = builtins.getattr
getitem = operator.getitem
hasattr = builtins.hasattr
hash_ = hash
is_ = operator.is_
is_awaitable = inspect.isawaitable
isinstance = builtins.isinstance
iter = builtins.iter
len = builtins.len
running_loop = asyncio._get_running_loop
setitem = operator.setitem
slice_ = slice
callers = _errors.callers
made_at = _errors.made_at
bind_job = _blocking.bind
cancel_job = _blocking.Job.cancel
submit_job = _blocking.Threads.submit
drop_lent = _blocking.drop_lent
lend_context = _blocking.lend_context
Threads = _blocking.Threads
guest_factory = _leaks.guest_factory
left_on_loop = _leaks.left_on_loop
left_threads = _leaks.left_threads
new_context = _leaks.new_context
running_threads = _leaks.running_threads
pass_through = _errors.pass_through
type_of = type

__all__ = [
    "Driver",
    "choose_modules",
    "is_idle",
    "make_loop",
    "prepare_main",
    "prepare_program",
    "shutdown",
    "start_loop_thread",
    "status_of",
    "stuck",
    "the_main",
    "where_to_run",
]  # defined elsewhere, looked up here


# Functions of modules that not every program needs; core finds them here as well.
_LATE = {
    **dict.fromkeys(("begin", "build", "feed", "finish"), "_to_py"),
    **dict.fromkeys(("async_with", "enter", "enter_async", "leave", "leave_async", "with_"), "_contexts"),
    "flatten": "_to_js",
}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__package__}.{_LATE[name]}"), name)


def _exact(text: str) -> str:
    """An exact str: a subclass would cross as a handle."""
    return text if type(text) is str else "".join(text)


def str_(value: object) -> str:
    return _exact(str(value))


def repr(value: object) -> str:
    return _exact(builtins.repr(value))


class Float(float):
    """A float that stays a handle in JavaScript, where an exact one becomes a number."""

    __slots__ = ()


# Handles


def is_missing(error: AttributeError, target: object, name: str) -> bool:
    """Whether the error says that `target` itself has no attribute `name`, and not that a property's code failed."""
    named = getattr(error, "name", None)
    if named is not None:
        return named == name and getattr(error, "obj", target) is target
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return not frames or frames[-1].f_code.co_name in ("__getattr__", "__getattribute__")


def dir_(target: object) -> "list[str]":
    return list(dict.fromkeys(_exact(name) for name in dir(target) if isinstance(name, str)))


def names(target: object) -> str:
    """`dir(target)` as JSON, in which every string can be."""
    import json

    return json.dumps(dir_(target))


def to_primitive(target: Any, hint: str) -> Any:
    """What `Symbol.toPrimitive` answers: a number for what stands for one, else text."""
    if hint != "string":
        kind = type(target)
        if hasattr(kind, "__index__"):
            return int(operator.index(target))
        if hasattr(kind, "__float__"):
            return float.__float__(float(target))
        if hint == "number":
            raise TypeError(f"{kind.__name__!r} has neither __index__ nor __float__, so it is no number")
    return str_(target)


def close(iterator: Any) -> None:
    """End an iterator early, where it can be told."""
    method = getattr(iterator, "close", None)
    if inspect.isgenerator(iterator) and method is not None:
        method()


def aiter(target: Any) -> Any:
    kind = type(target)
    if not hasattr(kind, "__aiter__"):
        raise TypeError(f"'async for' requires an object with __aiter__ method, got {kind.__name__}")
    return kind.__aiter__(target)


# Exceptions


def builtin_error(kind: str, message: str) -> BaseException:
    error: BaseException = getattr(builtins, kind)(message)
    return error


def is_exception(value: object) -> bool:
    return isinstance(value, BaseException)


def type_name(error: BaseException) -> str:
    return type(error).__name__


def message_of(error: BaseException) -> str:
    try:
        return str_(error)
    except Exception:
        return "<the exception's __str__ raised>"


def traceback_text(error: BaseException) -> str:
    return "".join(traceback.format_exception(type(error), error, error.__traceback__))


def traceback_frames(error: BaseException) -> "list[dict[str, Any]]":
    return [
        {"file": frame.filename, "line": frame.lineno, "function": frame.name, "code": frame.line or ""} for frame in traceback.extract_tb(error.__traceback__)
    ]


def notes_of(error: BaseException) -> "list[str]":
    notes: Any = getattr(error, "__notes__", None)
    if not isinstance(notes, (list, tuple)):
        return []
    return [_exact(note) for note in notes if isinstance(note, str)]


def matches(error: BaseException, kind: Any) -> bool:
    """Whether the exception is of the class, of one of a tuple of them, or of one with this name, plain or with its module."""
    if isinstance(kind, str):
        return any(kind in (base.__name__, base.__qualname__, f"{base.__module__}.{base.__qualname__}") for base in type(error).__mro__)
    return isinstance(error, kind)


def members_of(error: BaseException) -> Any:
    """What an exception group holds; None of any other exception."""
    members: Any = getattr(error, "exceptions", ())
    if not isinstance(members, tuple) or not any(base.__name__ == "BaseExceptionGroup" for base in type(error).__mro__):
        return None
    return [member.value if isinstance(member, JsError) else member for member in members]


def cause_of(error: BaseException) -> Any:
    """What the exception was caused by; of a JavaScript error the thrown value itself."""
    cause = error.__cause__
    if cause is None and not error.__suppress_context__:
        cause = error.__context__
    return cause.value if builtins.isinstance(cause, JsError) else cause


def js_error(name: str, message: str, stack: str, code: str, calls: str, value: Any, cause: "BaseException | None", *members: BaseException) -> BaseException:
    """The exception for a JavaScript error that has a cause, or others in it."""
    error = from_js(name, message, stack, code, value, calls, members)
    error._thrown = value  # type: ignore[attr-defined]
    error.__cause__ = cause
    return error


# Code and modules


def main_namespace() -> "dict[str, Any]":
    return sys.modules["__main__"].__dict__


_sources = 0


def compile_code(code: str, mode: str) -> types.CodeType:
    """Compile dedented code under a file name of its own, so that tracebacks can show its lines."""
    global _sources
    code = textwrap.dedent(code)
    code = code.strip() if mode == "eval" else code
    _sources += 1
    file = f"<interloop-{_sources}>"
    compiled = compile(code, file, mode)
    _remember_source(file, code)
    return compiled


_MOST_SOURCES = 256
_remembered: "list[str]" = []


def _remember_source(file: str, code: str) -> None:
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
    _remembered.append(file)
    if len(_remembered) > _MOST_SOURCES:
        linecache.cache.pop(_remembered.pop(0), None)


def from_code(code: str, file: str, name: str) -> types.ModuleType:
    code = textwrap.dedent(code)
    compiled = compile(code, file, "exec")
    module = types.ModuleType(name)
    module.__file__ = file
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
    before = sys.modules.get(name)
    sys.modules[name] = module
    try:
        exec(compiled, module.__dict__)
    except BaseException:
        if before is None:
            del sys.modules[name]
        else:
            sys.modules[name] = before
        raise
    return module


def _is_ours(module: object) -> bool:
    return getattr(module, "__interloop__", False) is True


def _can_find(name: str) -> bool:
    import importlib.util

    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, AttributeError, ValueError):
        return False


def make_module(name: str) -> "types.ModuleType | None":
    """A new, empty module, not published yet; None when a real one has the name."""
    existing = sys.modules.get(name)
    if existing is not None and not _is_ours(existing):
        return None
    if existing is None and _can_find(name):
        return None
    module = types.ModuleType(name, "Made by JavaScript.")
    module.__interloop__ = True  # type: ignore[attr-defined]
    module.__path__ = []
    if existing is not None:  # its submodules stay
        for key, value in vars(existing).items():
            if _is_ours(value) and isinstance(value, types.ModuleType):
                setattr(module, key, value)
    return module


def export(module: types.ModuleType, name: str, value: Any) -> None:
    setattr(module, name, value)


def publish(module: types.ModuleType) -> None:
    name = module.__name__
    sys.modules[name] = module
    while "." in name:
        parent_name, _, child = name.rpartition(".")
        parent = sys.modules.get(parent_name)
        if parent is None:
            if _can_find(parent_name):
                parent = __import__(parent_name, fromlist=["*"])
            else:
                parent = make_module(parent_name)
                assert parent is not None
                sys.modules[parent_name] = parent
        setattr(parent, child, sys.modules[name])
        name = parent_name


def make_function(kind: str, js: JsFunction, name: str, module: str, home: "int | None" = None) -> "Callable[..., Any]":
    """A Python function that calls a JavaScript one, whose thread is `home`, this one unless given; frameworks ask `inspect` what it is."""
    function: Callable[..., Any]
    if kind == "async":
        home = home or get_ident()

        async def function(*args: Any, **kwargs: Any) -> Any:
            if get_ident() == home:
                return await js(*args, **kwargs)
            return await call_there(js, *args, **kwargs)

    elif kind == "class":

        def function(*args: Any, **kwargs: Any) -> Any:
            return new(js, *args, **kwargs)

    else:

        def function(*args: Any, **kwargs: Any) -> Any:
            return js(*args, **kwargs)

    from ._signature import signature_of

    function.__name__ = name
    function.__qualname__ = name
    function.__module__ = module
    function.__doc__ = f"The JavaScript {'class' if kind == 'class' else 'function'} {name}."
    function.__dict__["__signature__"] = signature_of(js)
    return function


def make_coroutine(js: JsFunction, name: str) -> "Coroutine[Any, Any, Any]":
    """A coroutine that calls an async JavaScript function when it is awaited."""
    home = get_ident()

    async def run() -> Any:
        return await (js() if get_ident() == home else call_there(js))

    coroutine: Any = run()
    coroutine.__name__ = coroutine.__qualname__ = name
    return coroutine  # type: ignore[no-any-return]


# Loops and conversions


new_guest = GuestLoop
drive = Driver.run
outcome = Driver.outcome
stop_driver = Driver.stop
# Of a Main, or of the Program that stands in its place.


def main_begin(main: Main) -> None:
    main.begin()


def main_exiting(main: Main, status: int) -> None:
    main.exiting(status)


def main_finished(main: Main, status: int) -> None:
    main.finished(status)


def main_join(main: Main, home: asyncio.AbstractEventLoop) -> None:
    main.join(home)


def main_next_command(main: Main) -> "Coroutine[Any, Any, str]":
    return main.next_command()


def main_run(main: Main) -> int:
    _interloop.give_thread()
    return main.run()


def main_loop(main: Main) -> asyncio.AbstractEventLoop:
    return main.loop


def main_lends(main: Main) -> bool:
    return main.lends


def main_new_loop(main: Main) -> asyncio.AbstractEventLoop:
    return main.new_loop()


def main_driver(main: Main, loop: asyncio.AbstractEventLoop) -> Driver:
    return Driver(loop, True, main.lend)


def main_handlers_left(main: Main) -> str:
    return main.handlers_left()


def is_guest(loop: asyncio.AbstractEventLoop) -> bool:
    return isinstance(loop, GuestLoop)


def settle_in(loop: GuestLoop, set_debug: "Callable[[bool], None]") -> None:
    """Make the loop that of this thread, which is to host it. Plain calls from JS that ask asyncio for the thread's loop find it."""
    loop._on_debug(set_debug)
    asyncio.set_event_loop(loop)


def is_closed(loop: asyncio.AbstractEventLoop) -> bool:
    return loop.is_closed()


def shutdown_now(loop: asyncio.AbstractEventLoop, seconds: float) -> None:
    """End the loop at the end of the process, while JavaScript stands still."""
    thread = loop_thread(loop)
    if thread is not None:
        thread.end_now(seconds)
    else:
        _shutdown.shutdown_now(loop, seconds)


def close_loop(loop: asyncio.AbstractEventLoop) -> None:
    thread = loop_thread(loop)
    if thread is not None:
        thread.close()
    elif not loop.is_closed():
        loop.close()


def discard(awaitable: Any) -> None:
    """Give up an awaitable that is not to be started: no warning that it was never awaited."""
    if inspect.iscoroutine(awaitable):
        awaitable.close()
    elif isinstance(awaitable, asyncio.Future):
        awaitable.cancel()
