"""What core needs of Python beyond the addon's own operations. Private: core and this file change together."""

import asyncio
import builtins
import contextvars
import importlib
import inspect
import operator
import traceback
from collections.abc import Callable, Generator, Iterable
from typing import Any

import _interloop

from . import _errors
from ._code import compile_code, expression, from_code, main_namespace
from ._errors import JsError, from_js
from ._loop import GuestLoop
from ._shutdown import close_loop, is_idle, keep_stuck, shutdown, shutdown_now, stuck

# Functions that exist already; core looks all of them up here.
base_context = _interloop.base_context
copy_bare_context = _interloop.copy_context
copy_of = _interloop.copy_of
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
pass_through = _errors.pass_through
property = builtins.property
error_class = _errors.class_of
type_of = type

__all__ = [
    "close_loop",
    "compile_code",
    "expression",
    "from_code",
    "is_idle",
    "keep_stuck",
    "main_namespace",
    "shutdown",
    "shutdown_now",
    "stuck",
]  # defined elsewhere, looked up here


def _from(module: str, *names: str, **others: str) -> "dict[str, tuple[str, str]]":
    return {**{name: (module, name) for name in names}, **{name: (module, path) for name, path in others.items()}}


# Functions of modules that not every program needs; core finds them here as well.
_LATE = {
    **_from("_blocking", "Threads", "drop_lent", "lend_context", bind_job="bind", cancel_job="Job.cancel", submit_job="Threads.submit"),
    **_from("_contexts", "async_with", "borrow_loop", "enter", "enter_async", "entered", "in_loop", "leave", "leave_async", "return_loop", "with_"),
    **_from("_classes", "make_class", "make_error_class", "make_subclass"),
    **_from("_exports", "export", "make_coroutine", "make_function", "make_module", "publish"),
    **_from("_files", "import_file"),
    **_from("_handle_data", "data_kind", "fallback_of", "has_item", "is_collection", "item_at", "own_kind", "own_keys", "set_item_at"),
    **_from("_handle_writes", "delete_named", "set_named"),
    **_from("_leaks", "guest_factory", "left_on_loop", "left_threads", "new_context", "running_threads"),
    **_from("_main", "prepare_main", "status_of", "the_main"),
    **_from("_main_bridge", "main_begin", "main_driver", "main_exiting", "main_finished", "main_handlers_left", "main_join"),
    **_from("_main_bridge", "main_lends", "main_loop", "main_new_loop", "main_next_command", "main_run"),
    **_from("_modules", "begin_thread"),
    **_from("_pending", "pending"),
    **_from("_program", "prepare_program"),
    **_from("_run", "Driver", "make_loop", "where_to_run", drive="Driver.run", outcome="Driver.outcome", stop_driver="Driver.stop"),
    **_from("_thread", "start_loop_thread"),
    **_from("_to_js", "flatten"),
    **_from("_to_json", "flatten_for_json"),
    **_from("_to_py", "begin", "build", "feed", "finish"),
}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, path = _LATE[name]
    return operator.attrgetter(path)(importlib.import_module(f"{__package__}.{module}"))


def _exact(text: str) -> str:
    """An exact str: a subclass would cross as a handle."""
    return text if type(text) is str else "".join(text)


def str_(value: object) -> str:
    return _exact(str(value))


def text_of(text: str) -> str:
    """The characters of a text, whatever its `__str__` says."""
    return "".join(text)


def repr(value: object) -> str:
    return _exact(builtins.repr(value))


def tuple_(*items: Any) -> "tuple[Any, ...]":
    return items


def as_is(value: Any) -> Any:
    return value


def namespace(*items: Any) -> "dict[str, Any]":
    """A dict of names and values in turn."""
    return dict(zip(items[::2], items[1::2]))


class Float(float):
    """A float that stays a handle in JavaScript, where an exact one becomes a number."""

    __slots__ = ()


# Handles


def is_missing(error: AttributeError, target: object, name: str) -> bool:
    """Whether the error says that `target` itself has no attribute `name`, and not that a property's code failed."""
    named = getattr(error, "name", None)
    if named is not None:
        # A bound method asks its function.
        return named == name and any(getattr(error, "obj", target) is each for each in (target, getattr(target, "__func__", target)))
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    return not frames or frames[-1].f_code.co_name in ("__getattr__", "__getattribute__")


def name_of(target: object) -> str:
    """The name of a callable, as JavaScript's `name`: "" where it has none."""
    name = getattr(target, "__name__", "")
    return _exact(name) if isinstance(name, str) else ""


def arity_of(target: Any) -> int:
    """How many arguments a callable needs by position, as JavaScript's `length`; 0 where Python does not say."""
    try:
        parameters = inspect.signature(target).parameters.values()
    except (TypeError, ValueError):
        return 0
    return sum(each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD) and each.default is each.empty for each in parameters)


def dir_(target: object) -> "list[str]":
    return list(dict.fromkeys(_exact(name) for name in dir(target) if isinstance(name, str)))


def names(target: object) -> str:
    """`dir(target)` as JSON, in which every string can be."""
    import json

    return json.dumps(dir_(target))


def is_number_array(target: Any) -> bool:
    """Whether an array of numpy, torch or their like holds exactly one number."""
    if getattr(target.dtype, "kind", "f") not in "biuf":  # torch's have no kind
        return False
    size: Any = target.size
    return bool((target.numel() if callable(size) else size) == 1)


def to_primitive(target: Any, hint: str) -> Any:
    """What `Symbol.toPrimitive` answers: a number for what stands for one, else text."""
    kind = type(target)
    if hint != "string" and not builtins.isinstance(target, (str, bytes)):
        if hasattr(kind, "__array__"):  # numpy gives an array and a datetime64 the methods of numbers, too
            if hasattr(kind, "__float__") and is_number_array(target):
                number = target.item()
                return int(number) if builtins.isinstance(number, int) else float(number)
        elif hasattr(kind, "__index__"):
            return int(operator.index(target))
        elif hasattr(kind, "__float__"):
            return float.__float__(float(target))
        if hint == "number":
            raise TypeError(
                f"{kind.__name__!r} has neither __index__ nor __float__, so it is no number: JavaScript's operators take numbers and texts only, "
                'Python\'s are written in Python, as in python.expr("a > b", { a, b })'
            )
    return str_(target)


def close(iterator: Any) -> None:
    """End an iterator early, where it can be told: what else has a ``close()``, such as a file, can be read on."""
    if builtins.isinstance(iterator, Generator):
        iterator.close()


def is_unstarted(iterator: Any) -> bool:
    """Whether this is a generator that cannot be sent anything yet."""
    return inspect.isgenerator(iterator) and inspect.getgeneratorstate(iterator) == inspect.GEN_CREATED


def throw_into(iterator: Any, throw: "Callable[[], None]") -> Any:
    """Throw into an iterator what `throw` throws. What is no generator cannot be told, so it is raised here."""
    try:
        throw()
    except BaseException as error:
        method = getattr(iterator, "throw", None)
        if method is None:
            raise
        return method(error)


def takes_async_for(target: Any) -> bool:
    """Whether `async for` takes it; false when `for` does. Raises TypeError for anything else."""
    kind = type(target)
    if hasattr(kind, "__aiter__"):
        return True
    if hasattr(kind, "__iter__") or hasattr(kind, "__getitem__"):
        return False
    raise TypeError(f"'async for' requires an object with __aiter__ or __iter__, got {kind.__name__}")


# Exceptions


def stop_iteration(value: Any) -> StopIteration:
    return StopIteration(value)


def stop_raised(error: Any) -> "RuntimeError | None":
    """What a generator that raised StopIteration raises; None for whatever else it threw."""
    if not isinstance(error, StopIteration):
        return None
    result = RuntimeError("generator raised StopIteration")
    result.__cause__ = error
    return result


def raise_exception(error: BaseException) -> None:
    raise error


def builtin_error(kind: str, message: str) -> BaseException:
    error: BaseException = getattr(builtins, kind)(message)
    return error


def is_exception(value: object) -> bool:
    return isinstance(value, BaseException)


def type_name(error: BaseException) -> str:
    return _errors.name_of(type(error))  # type: ignore[no-any-return]


def message_of(error: BaseException) -> str:
    try:
        return str_(error)
    except Exception:
        return "<the exception's __str__ raised>"


def traceback_text(error: BaseException) -> str:
    try:
        return "".join(traceback.format_exception(type(error), error, _errors.traceback_of(error)))
    except Exception:
        lines = traceback.format_tb(_errors.traceback_of(error))
        return "".join(["Traceback (most recent call last):\n", *lines, f"{type_name(error)}: {message_of(error)}\n"])


def traceback_frames(error: BaseException) -> "list[dict[str, Any]]":
    return [
        {"file": frame.filename, "line": frame.lineno, "function": frame.name, "code": frame.line or ""}
        for frame in traceback.extract_tb(_errors.traceback_of(error))
    ]


def notes_of(error: BaseException) -> "list[str]":
    try:
        notes: Any = getattr(error, "__notes__", None)
    except Exception:  # a property
        return []
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


def cancelled_error(*text: str) -> asyncio.CancelledError:
    """One that was not raised."""
    return asyncio.CancelledError(*text)


def js_error(
    name: str, message: str, stack: str, code: str, calls: str, value: Any, cause: "BaseException | None", members: "Iterable[BaseException]" = ()
) -> BaseException:
    """The exception for a JavaScript error that has a cause, or others in it."""
    error = from_js(name, message, stack, code, value, calls, tuple(members))
    error._thrown = value  # type: ignore[attr-defined]
    error.__cause__ = cause
    return error


def set_cause(error: BaseException, cause: BaseException) -> None:
    error.__cause__ = cause


# Loops and conversions


new_guest = GuestLoop


def is_guest(loop: asyncio.AbstractEventLoop) -> bool:
    return isinstance(loop, GuestLoop)


def settle_in(loop: GuestLoop, set_debug: "Callable[[bool], None]") -> None:
    """Make the loop that of this thread, which is to host it. Plain calls from JS that ask asyncio for the thread's loop find it."""
    loop._on_debug(set_debug)
    asyncio.set_event_loop(loop)


def is_closed(loop: asyncio.AbstractEventLoop) -> bool:
    return loop.is_closed()


def discard(awaitable: Any) -> None:
    """Give up an awaitable that is not to be started: no warning that it was never awaited."""
    if inspect.iscoroutine(awaitable):
        awaitable.close()
    elif isinstance(awaitable, asyncio.Future):
        awaitable.cancel()
